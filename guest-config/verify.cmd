@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem verify.cmd: what of settings.lst does not hold on this Windows XP, a line each. It changes nothing.
rem What a deviation lets happen is in SETTINGS.txt, under the same name.
rem
rem Exit status: 0 all holds, 1 something deviates, 3 something could not be checked and nothing deviates, 4 there is
rem no list.
setlocal
set pack=%~dp0
set list=%pack%settings.lst
set work=%TEMP%
set holds=0
set deviates=0
set unknown=0
if not exist "%list%" goto no_list

rem The security policy as secedit sees it, in variables policy.SECTION.NAME.
set value=%work%\labseal-value.txt
set exported=%work%\labseal-policy.inf
set analysis=%work%\labseal-analysis.log
if exist "%exported%" del "%exported%"
if exist "%analysis%" del "%analysis%"
if exist "%work%\labseal-analysis.sdb" del "%work%\labseal-analysis.sdb"
secedit /export /cfg "%exported%" /quiet >nul 2>nul
secedit /analyze /db "%work%\labseal-analysis.sdb" /cfg "%pack%security.inf" /log "%analysis%" /quiet >nul 2>nul
set section=
if exist "%exported%" for /f "delims=" %%l in ('type "%exported%"') do (
	set line=%%l
	call :policy_line
)
rem secedit's log is in the language of Windows; only English is understood here.
set english=no
reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language /v InstallLanguage 2>nul | find "0409" >nul
if not errorlevel 1 set english=yes

set loaded=yes
set hive=%LABSEAL_HIVE%
for /f "usebackq tokens=2 delims=|" %%a in (`type "%list%" ^| find "operator-account|"`) do set operator=%%a
if not "%hive%"=="" goto check
set hive=HKU\labseal
set loaded=no
rem The operator's own profile; or, while there is none, the one that it will be made from. One in use is not looked into.
set profile=%ALLUSERSPROFILE%\..\%operator%\NTUSER.DAT
if not exist "%profile%" set profile=%ALLUSERSPROFILE%\..\Default User\NTUSER.DAT
reg load %hive% "%profile%" >nul 2>nul
if not errorlevel 1 set loaded=unload

:check
for /f "usebackq eol=# tokens=1-6 delims=|" %%a in ("%list%") do (
	set id=%%b
	set key=%%c
	set name=%%d
	set want=%%e
	set data=%%f
	call :%%a
)
if "%loaded%"=="unload" reg unload %hive% >nul 2>nul
echo verify: %holds% hold, %deviates% deviate, %unknown% could not be checked
if not %deviates%==0 exit /b 1
if not %unknown%==0 exit /b 3
exit /b 0
:no_list
echo verify: '%list%' is missing: take the whole pack
exit /b 4

:policy_line
if "%line:~0,1%"=="[" set section=%line:~1,-1%
if "%line:~0,1%"=="[" exit /b 0
rem The list has these values by their keys; their texts may be anything.
if "%section%"=="Registry Values" exit /b 0
for /f "tokens=1* delims== " %%i in ("%line%") do set policy.%section%.%%i=%%j
exit /b 0

rem --- one line of the list, by its kind ---
:user
if "%loaded%"=="no" goto cannot
set key=%hive%\%key%
:reg
set flag=/v "%name%"
if "%name%"=="-" set flag=/ve
call :read
if "%want%%answer%"=="ABSENTno" goto same
if "%same%"=="yes" goto same
goto value_differs

:svc
set flag=
call :ask
if "%answer%"=="" goto cannot
if "%answer%"=="no" goto same
set flag=/v Start
call :read
if "%same%"=="yes" goto same
goto value_differs

:hibernation
rem Hidden, and a system's file, which exist does not mind.
set name=
set got=there
if exist "%key%" goto differs
goto same

:pol
if not exist "%exported%" goto cannot
set key=%want%
set got=
call set got=%%policy.%want%.%name%%%
if "%got%"=="%data%" goto same
if "%got%"=="" set got=not set
goto differs

:acl
if not exist "%analysis%" goto cannot
rem The log has the path as it is, the list may have a variable in it.
call set key=%key%
set name=permissions
set got=
for /f "delims=" %%l in ('type "%analysis%"') do (
	set line=%%l
	call :mismatch
)
if not "%got%"=="" goto differs
if "%english%"=="no" goto cannot
goto same
rem Whether a line is about this folder or what is in it. Replacing does not mind capitals.
:mismatch
set "cut=%line:mismatch=%"
if "%cut%"=="%line%" exit /b 0
call set "cut=%%line:%key%=%%"
if not "%cut%"=="%line%" set got=something else
exit /b 0

rem The operator has to be there, and neither an administrator nor a power user.
:operator-account
set id=accounts.operator
set key=account
set name='%operator%'
set data=a limited account
set got=not there
net user "%operator%" >nul 2>nul
if errorlevel 1 goto differs
for %%s in (544 547) do call :member S-1-5-32-%%s
if not "%got%"=="not there" goto differs
goto same
:member
set group=
for /f "delims=" %%g in ('cscript //nologo "%pack%group.vbs" %1') do set group=%%g
if "%group%"=="" set got=in groups whose names could not be found out
rem A member of a group is a line of its own.
for /f "delims=" %%m in ('net localgroup "%group%" 2^>nul') do if /i "%%m"=="%operator%" set got=a member of %group%
exit /b 0

:exporter
set key=HKLM\SYSTEM\CurrentControlSet\Services\labseal-export
set name=Start
set flag=/v Start
set want=REG_DWORD
set data=0x2
call :read
if "%same%"=="yes" goto same
goto value_differs

rem Whether the value is what it should be, and of which type it is; no type: it is not there, or could not be read. What
rem stands in the registry, where operators write too, stays in variables of for: what comes in by %% would be read as a
rem part of the command. reg.exe prints name, type, data; the name of a key's own value is of one word or two, as the
rem language is. Windows XP prints the ends of a list of strings, too.
:read
call :read_once
rem A yes without a value: what it printed was lost.
if "%type%"=="" if "%answer%"=="yes" call :read_once
exit /b 0
:read_once
set type=
set same=no
call :ask
for /f "usebackq tokens=1,2*" %%m in ("%value%") do for %%t in (REG_DWORD REG_SZ REG_EXPAND_SZ REG_MULTI_SZ REG_BINARY REG_QWORD REG_NONE) do if "%%n"=="%%t" set type=%%t
for /f "usebackq tokens=1,2*" %%m in ("%value%") do for %%e in ("" "\0" "\0\0") do if "%%n"=="%want%" if "%%o"=="%data%%%~e" set same=yes
if not "%name%"=="-" exit /b 0
for /f "usebackq tokens=1-3*" %%l in ("%value%") do for %%t in (REG_DWORD REG_SZ REG_EXPAND_SZ REG_MULTI_SZ REG_BINARY REG_QWORD REG_NONE) do if "%%n"=="%%t" set type=%%t
for /f "usebackq tokens=1-3*" %%l in ("%value%") do if "%%n"=="%want%" if "%%o"=="%data%" set same=yes
exit /b 0

rem What reg.exe knows of the key and the flag: yes, no, or nothing where it did not come to an answer. A program that
rem cannot be started (memory is short, say) may have the status of what is not there: a no counts the second time, after
rem something that is always there. (As in apply.cmd.)
:ask
set answer=
reg query "%key%" %flag% >"%value%" 2>nul
if "%errorlevel%"=="0" set answer=yes
if "%errorlevel%"=="0" exit /b 0
reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language /v InstallLanguage >nul 2>nul
if not "%errorlevel%"=="0" exit /b 0
reg query "%key%" %flag% >"%value%" 2>nul
if "%errorlevel%"=="0" set answer=yes
if "%errorlevel%"=="1" set answer=no
exit /b 0
:value_differs
set got=not there
if "%type%"=="" if not "%answer%"=="no" goto cannot
if "%type%"=="" goto differs
set /a deviates=deviates+1
set should=should be '%data%'
if "%want%"=="ABSENT" set should=should not be there
for /f "usebackq tokens=1,2*" %%m in ("%value%") do if "%%n"=="%type%" echo DEVIATES %id%: %key% %name% is '%%o' (%%n), %should%
for /f "usebackq tokens=1-3*" %%l in ("%value%") do if "%%n"=="%type%" echo DEVIATES %id%: %key% %name% is '%%o' (%%n), %should%
exit /b 0

:same
set /a holds=holds+1
exit /b 0
:differs
set /a deviates=deviates+1
echo DEVIATES %id%: %key% %name% is '%got%', should be '%data%'
exit /b 0
:cannot
set /a unknown=unknown+1
echo NOT CHECKED %id%: %key% %name%
exit /b 0
