@echo off
rem Brings the whole mesh up in containers and tells where everything is.
setlocal
cd /d "%~dp0..\.."
docker compose up --detach --build --wait %* || exit /b 1
for /d %%s in (services\*) do call :show %%~nxs 8080 /docs
call :show grafana 3000
call :show prometheus 9090
call :show kafka-ui 8080
call :show jaeger 16686
exit /b 0

:show
for /f %%a in ('docker compose port %1 %2 2^>nul') do echo %1  http://%%a%3
exit /b 0
