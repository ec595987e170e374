#!/bin/sh
# sh tests/connectors/install.sh FOLDER: PHP and MariaDB, and in FOLDER WordPress and Wagtail. No service is
# started, and nothing of WordPress or Wagtail is installed outside FOLDER.
set -eu
here=$(dirname "$0")
folder=$1
mkdir -p "$folder"

sh "$here/../needs.sh" php-cli php
php -m | grep -qx mysqli || sh "$here/../needs.sh" php-mysql php-has-no-mysqli
sh "$here/../needs.sh" mariadb-server-core mariadbd
sh "$here/../needs.sh" mariadb-client-core my_print_defaults

# What its editor uses of other packages is there, too.
if ! test -f "$folder/wordpress/usr/share/javascript/underscore/underscore.min.js"; then
    echo "Getting WordPress from Debian …"
    packages=$(mktemp -d)
    (cd "$packages" && apt-get download -q wordpress wordpress-theme-twentytwentythree \
        libjs-underscore libjs-cropper php-getid3 >/dev/null 2>&1)
    for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$folder/wordpress"; done
    rm -r "$packages"
fi
wagtail="$here/../../connectors/wagtail/tests/site/requirements.txt"
if ! cmp -s "$wagtail" "$folder/wagtail/installed.txt"; then
    echo "Installing Wagtail from PyPI …"
    python3 -m venv "$folder/wagtail"
    "$folder/wagtail/bin/pip" install -q --disable-pip-version-check -r "$wagtail"
    cp "$wagtail" "$folder/wagtail/installed.txt"
fi
