#!/bin/sh
# Makes a certificate authority and certificates by it, in PEM: ca.pem, and for every NAME its NAME.pem and NAME.key.
# What is in the folder already stays. For a first look and for tests: elsewhere take those of your own authority.
#   certificates.sh FOLDER NAME[,OTHER…]…    each for the host NAME, for localhost, and for its other names or addresses
#   CERTIFICATE_DAYS=-1                      how long they are valid
set -eu
umask 077
folder=$1
shift
days=${CERTIFICATE_DAYS:-825}
mkdir -p "$folder"
cd "$folder"
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
subjects() { echo "$1,localhost" | tr ',' '\n' | sed -e '/^[0-9.]*$/s/^/IP:/' -e '/^IP:/!s/^/DNS:/' | paste -sd, -; }

if [ ! -f ca.pem ]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 3650 -subj '/CN=souk certificate authority' -out ca.pem
fi
for names in "$@"; do
  name=${names%%,*}
  [ ! -f "$name.pem" ] || continue
  new_key "$name.key"
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$(subjects "$names")" >"$name.ext"
  openssl req -new -key "$name.key" -subj "/CN=$name" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -days "$days" -extfile "$name.ext" -out "$name.pem" 2>/dev/null
  rm "$name.ext"
done
