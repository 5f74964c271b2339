@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem apply.cmd [/noaccount]: lock this Windows XP down, as settings.lst says. Run it as an administrator.
rem
rem What is there is saved first, in C:\labseal\undo: undo.cmd there puts it back. A second run changes what has
rem changed since, and keeps the first run's undo. /noaccount leaves the operator's account alone.
rem What each setting prevents, and how to undo one alone, is in SETTINGS.txt.
rem
rem Exit status: 0 all holds, 1 something deviates (it is listed), 2 wrong usage, 3 something could not be checked,
rem 4 it could not be done.
setlocal
set pack=%~dp0
set home=C:\labseal
set undo=%home%\undo
set list=%pack%settings.lst
set account=yes
if "%~1"=="" goto checks
if /i not "%~1"=="/noaccount" goto usage
set account=no
if not "%~2"=="" goto usage

:checks
rem 5.1, or 5.2 for its 64-bit edition.
ver | find " 5.1." >nul
if errorlevel 1 ver | find " 5.2." >nul
if errorlevel 1 goto not_xp
set missing=
for %%f in (settings.lst lockdown.reg security.inf rights.inf undo.inf undo.cmd verify.cmd group.vbs) do call :need %%f
if not "%missing%"=="" goto not_whole
if not exist "%SystemRoot%\system32\secedit.exe" goto home_edition
rem Our own key: who may not make it is no administrator.
reg add HKLM\SOFTWARE\labseal /v lockdown /t REG_SZ /d begun /f >nul 2>nul
if errorlevel 1 goto no_administrator
if not exist "%home%" mkdir "%home%"
if not exist "%home%" goto no_folder
rem Looking later needs the pack, and the machine has no drive then.
if /i not "%pack%"=="%home%\pack\" call :keep_pack
if not exist "%home%\pack\verify.cmd" goto no_folder

if exist "%undo%\complete" goto change
echo apply: saving what is there to %undo%
if not exist "%undo%" mkdir "%undo%"
echo rem what was there before the lock-down>"%undo%\values.cmd"
copy /y "%pack%undo.inf" "%undo%\folders.inf" >nul
copy /y "%pack%rights.inf" "%undo%\rights.inf" >nul
copy /y "%pack%undo.cmd" "%undo%\undo.cmd" >nul
copy /y "%list%" "%undo%\settings.lst" >nul
secedit /export /cfg "%undo%\security.inf" /quiet >nul
if not exist "%undo%\security.inf" goto no_undo
if not exist "%undo%\undo.cmd" goto no_undo
if exist C:\hiberfil.sys echo powercfg /hibernate on>>"%undo%\values.cmd"
set exports=0
for /f "usebackq eol=# tokens=1-6 delims=|" %%a in ("%list%") do (
	set kind=%%a
	set key=%%c
	set name=%%d
	set want=%%e
	call :save
	if errorlevel 1 goto no_undo
)
if exist "%undo%\value.txt" del "%undo%\value.txt"
echo saved>"%undo%\complete"
if not exist "%undo%\complete" goto no_undo

:change
rem Restarting is not needed in between; everything is in force after the next start.
echo apply: accounts, rights, audit, folders
secedit /configure /db "%home%\labseal.sdb" /cfg "%pack%security.inf" /overwrite /log "%home%\secedit.log" /quiet
echo apply: services
for /f "usebackq eol=# tokens=1-6 delims=|" %%a in ("%list%") do (
	set key=%%c
	set data=%%f
	if "%%a"=="svc" call :service
)
if exist "%undo%\value.txt" del "%undo%\value.txt"
powercfg /hibernate off >nul 2>nul
if "%account%"=="yes" call :operator
if errorlevel 1 exit /b 4
echo apply: the operators' settings
call :hives
if exist "%pack%labseal-export.exe" call :exporter
if errorlevel 1 exit /b 4
echo apply: registry
reg import "%pack%lockdown.reg" >nul 2>nul
if errorlevel 1 goto no_import
reg add HKLM\SOFTWARE\labseal /v lockdown /t REG_SZ /d applied /f >nul
echo apply: done; restart Windows, then run verify.cmd. What holds already:
call "%pack%verify.cmd"
exit /b %errorlevel%

:keep_pack
if not exist "%home%\pack" mkdir "%home%\pack"
copy /y "%pack%*.*" "%home%\pack" >nul
exit /b 0

:need
if not exist "%pack%%1" set missing=%1
exit /b 0

rem Append to undo\values.cmd how this value is put back. Types that this cannot write out are exported with their key.
:save
if "%kind%"=="svc" set name=Start
if "%kind%"=="svc" goto save_value
if not "%kind%"=="reg" exit /b 0
rem A password that is taken away is not kept anywhere.
if "%want%"=="ABSENT" exit /b 0
:save_value
set flag=
call :ask
if "%answer%"=="" exit /b 1
if "%answer%"=="no" goto save_no_key
set flag=/v "%name%"
if "%name%"=="-" set flag=/ve
set type=
call :ask
if "%answer%"=="" exit /b 1
for /f "usebackq tokens=1,2*" %%m in ("%undo%\value.txt") do for %%t in (REG_DWORD REG_SZ REG_EXPAND_SZ REG_MULTI_SZ REG_BINARY REG_QWORD REG_NONE) do if "%%n"=="%%t" set type=%%t
if "%name%"=="-" for /f "usebackq tokens=1-3*" %%l in ("%undo%\value.txt") do for %%t in (REG_DWORD REG_SZ REG_EXPAND_SZ REG_MULTI_SZ REG_BINARY REG_QWORD REG_NONE) do if "%%n"=="%%t" set type=%%t
if "%type%"=="" if "%answer%"=="no" goto save_no_value
if "%type%"=="" goto save_key
if "%name%"=="-" goto save_key
if "%type%"=="REG_DWORD" goto save_plain
if "%type%"=="REG_BINARY" goto save_plain
if "%type%"=="REG_SZ" goto save_plain
:save_key
set /a exports=exports+1
reg export "%key%" "%undo%\key%exports%.reg" >nul 2>nul
if not exist "%undo%\key%exports%.reg" exit /b 1
echo reg import "%%here%%key%exports%.reg" ^>nul 2^>nul>>"%undo%\values.cmd"
echo if errorlevel 1 set failed=1 >>"%undo%\values.cmd"
exit /b 0
rem The value stays in a variable of for, as in verify.cmd.
:save_plain
for /f "usebackq tokens=1,2*" %%m in ("%undo%\value.txt") do if "%%n"=="%type%" echo reg add "%key%" %flag% /t %%n /d "%%o" /f ^>nul>>"%undo%\values.cmd"
echo if errorlevel 1 set failed=1 >>"%undo%\values.cmd"
exit /b 0
:save_no_value
echo reg delete "%key%" %flag% /f ^>nul 2^>nul>>"%undo%\values.cmd"
exit /b 0
:save_no_key
rem A service that is not there is not set either.
if "%kind%"=="svc" exit /b 0
echo reg delete "%key%" /f ^>nul 2^>nul>>"%undo%\values.cmd"
exit /b 0

rem What reg.exe knows of the key and the flag: yes, no, or nothing where it did not come to an answer. A program that
rem cannot be started (memory is short, say) may have the status of what is not there: a no counts the second time, after
rem something that is always there. (As in verify.cmd.)
:ask
set answer=
reg query "%key%" %flag% >"%undo%\value.txt" 2>nul
if "%errorlevel%"=="0" set answer=yes
if "%errorlevel%"=="0" exit /b 0
reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language /v InstallLanguage >nul 2>nul
if not "%errorlevel%"=="0" exit /b 0
reg query "%key%" %flag% >"%undo%\value.txt" 2>nul
if "%errorlevel%"=="0" set answer=yes
if "%errorlevel%"=="1" set answer=no
exit /b 0

:service
set flag=
call :ask
if "%answer%"=="no" exit /b 0
reg add "%key%" /v Start /t REG_DWORD /d %data% /f >nul
exit /b 0

rem The operator's account: limited. Its password is asked for, never given on a command line.
:operator
for /f "usebackq tokens=2 delims=|" %%a in (`type "%list%" ^| find "operator-account|"`) do set operator=%%a
net user "%operator%" >nul 2>nul
if not errorlevel 1 goto operator_groups
echo apply: a password for the new account '%operator%':
net user "%operator%" * /add /passwordchg:no /expires:never
if errorlevel 1 goto no_account
:operator_groups
for %%s in (544 547) do call :leave S-1-5-32-%%s
exit /b 0
:leave
set group=
for /f "delims=" %%g in ('cscript //nologo "%pack%group.vbs" %1') do set group=%%g
if "%group%"=="" exit /b 0
net localgroup "%group%" "%operator%" /delete >nul 2>nul
exit /b 0

rem The profile that new accounts are made from, and the operator's where there is one that nobody uses now.
:hives
set hive=%LABSEAL_HIVE%
if not "%hive%"=="" goto user_settings
set hive=HKU\labseal
call :hive "%ALLUSERSPROFILE%\..\Default User\NTUSER.DAT"
call :hive "%ALLUSERSPROFILE%\..\%operator%\NTUSER.DAT"
exit /b 0
:hive
if not exist %1 exit /b 0
reg load %hive% %1 >nul 2>nul
if errorlevel 1 goto hive_in_use
call :user_settings
reg unload %hive% >nul 2>nul
exit /b 0
:hive_in_use
echo apply: %1 is in use: log that account off and run this again
exit /b 0
:user_settings
for /f "usebackq eol=# tokens=1-6 delims=|" %%a in ("%list%") do if "%%a"=="user" reg add "%hive%\%%c" /v "%%d" /t %%e /d "%%f" /f >nul
exit /b 0

rem The service that sends results out. A program that runs is not replaced: it is stopped first.
:exporter
echo apply: the exporter
if exist "%home%\labseal-export.exe" "%home%\labseal-export.exe" --stop >nul 2>nul
copy /y "%pack%labseal-export.exe" "%home%\labseal-export.exe" >nul
if errorlevel 1 goto no_exporter
if exist "%home%\labseal-export.ini" copy /y "%home%\labseal-export.ini" "%home%\labseal-export.ini.before" >nul
copy /y "%pack%labseal-export.ini" "%home%\labseal-export.ini" >nul
"%home%\labseal-export.exe" --install
if errorlevel 1 goto no_exporter
exit /b 0
:no_account
echo apply: the account '%operator%' could not be made
exit /b 1
:no_exporter
echo apply: the exporter could not be installed
exit /b 1

:usage
echo usage: apply.cmd [/noaccount]
exit /b 2
:not_xp
echo apply: this is no Windows XP, and the settings are for no other
exit /b 4
:not_whole
echo apply: '%pack%%missing%' is missing: take the whole pack
exit /b 4
:home_edition
echo apply: there is no secedit.exe: Windows XP Home cannot be locked down. It takes XP Professional
exit /b 4
:no_administrator
echo apply: not permitted: log on as an administrator and run it again
exit /b 4
:no_folder
echo apply: '%home%' could not be made
exit /b 4
:no_undo
echo apply: what is there could not be saved to '%undo%'; nothing was changed
exit /b 4
:no_import
echo apply: '%pack%lockdown.reg' was not taken; %undo%\undo.cmd puts back what there was
exit /b 4
