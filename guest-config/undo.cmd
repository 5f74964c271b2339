@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem undo.cmd: put back what apply.cmd found. It lies in C:\labseal\undo beside what was saved; run it there, as an
rem administrator, and restart Windows. The operator's account and C:\labseal stay. Permissions of folders become those
rem of the folder above them; what they were is not known any more.
rem
rem Exit status: 0 done, 3 nothing was saved here, 4 something was not put back.
setlocal
set here=%~dp0
set failed=0
if not exist "%here%complete" goto nothing
rem Rights that nobody had are taken from everybody first, then the saved ones are given.
echo undo: accounts, rights, audit, folders
for %%f in (rights.inf security.inf folders.inf) do secedit /configure /db "%TEMP%\labseal-undo.sdb" /cfg "%here%%%f" /overwrite /quiet
echo undo: registry and services
rem One "reg add" or "reg delete" a line; what is gone with its key need not be deleted again.
if exist "%here%values.cmd" call "%here%values.cmd"
if exist C:\labseal\labseal-export.exe C:\labseal\labseal-export.exe --remove
call :hives
reg delete HKLM\SOFTWARE\labseal /f >nul 2>nul
if not %failed%==0 goto not_all
echo undo: done; restart Windows
exit /b 0
:not_all
echo undo: not every value could be put back; the lines are in '%here%values.cmd'
exit /b 4
:nothing
echo undo: nothing was saved in '%here%': run the undo.cmd that lies in C:\labseal\undo
exit /b 3

:hives
reg delete HKLM\SOFTWARE\labseal /f >nul 2>nul
if not %failed%==0 goto not_all
echo undo: done; restart Windows
exit /b 0
:not_all
echo undo: not every value could be put back; the lines are in '%here%values.cmd'
exit /b 4
:nothing
echo undo: nothing was saved in '%here%': run the undo.cmd that lies in C:\labseal\undo
exit /b 3

rem What another line has deleted with its key cannot be deleted again.
:one
call set line=%%line:%%~dp0=%here%%%
%line% >nul 2>nul
if not errorlevel 1 exit /b 0
echo %line% | find "reg delete" >nul
if not errorlevel 1 exit /b 0
echo undo: did not work: %line%
set failed=1
exit /b 0

:hives
for /f "usebackq tokens=2 delims=|" %%a in (`type "%here%settings.lst" ^| find "operator-account|"`) do set operator=%%a
set hive=%LABSEAL_HIVE%
if not "%hive%"=="" goto user_settings
set hive=HKU\labseal
for %%u in ("Default User" "%operator%") do call :hive "%ALLUSERSPROFILE%\..\%%~u\NTUSER.DAT"
exit /b 0
:hive
if not exist %1 exit /b 0
reg load %hive% %1 >nul 2>nul
if errorlevel 1 exit /b 0
call :user_settings
reg unload %hive% >nul 2>nul
exit /b 0
rem The operators' settings become what Windows XP has by itself.
:user_settings
for /f "usebackq eol=# tokens=1-7 delims=|" %%a in ("%here%settings.lst") do if "%%a"=="user" (
	if "%%g"=="delete" reg delete "%hive%\%%c" /v "%%d" /f >nul 2>nul
	if not "%%g"=="delete" reg add "%hive%\%%c" /v "%%d" /t %%e /d "%%g" /f >nul 2>nul
)
exit /b 0
