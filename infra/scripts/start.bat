@echo off
rem Brings the whole mesh up in containers and tells where everything is.
setlocal
cd /d "%~dp0..\.."
docker compose up --detach --build --wait %* || exit /b 1
echo user            http://localhost:8080/docs
echo product         http://localhost:8081/docs
echo recommendation  http://localhost:8082/docs
echo analytics       http://localhost:8083/docs
echo Grafana         http://localhost:3000
echo Prometheus      http://localhost:9090
echo Kafka UI        http://localhost:9020
echo Jaeger          http://localhost:16686
