#!/bin/sh
# Makes a certificate authority and certificates by it, in PEM: ca.pem, and for every NAME its NAME.pem and NAME.key.
# What is in the folder already stays. For a first look and for tests: elsewhere take those of your own authority.
#   certificates.sh FOLDER NAME…        each for the host of that name, and for localhost
#   CERTIFICATE_DAYS=-1                 how long they are valid
set -eu
umask 077
folder=$1
shift
days=${CERTIFICATE_DAYS:-825}
mkdir -p "$folder"
cd "$folder"
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

if [ ! -f ca.pem ]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 3650 -subj '/CN=souk certificate authority' -out ca.pem
fi
for name in "$@"; do
  [ ! -f "$name.pem" ] || continue
  new_key "$name.key"
  printf 'subjectAltName=DNS:%s,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n' "$name" >"$name.ext"
  openssl req -new -key "$name.key" -subj "/CN=$name" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -days "$days" -extfile "$name.ext" -out "$name.pem" 2>/dev/null
  rm "$name.ext"
done
