#!/bin/bash
# Prepares PGDATA on the first start and then becomes the server, as the official image's entrypoint does.
# Same variables: POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as *_FILE),
# POSTGRES_INITDB_WALDIR, POSTGRES_HOST_AUTH_METHOD, PGDATA; same directory /docker-entrypoint-initdb.d.
set -Eeuo pipefail

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# NAME, else the contents of the file that NAME_FILE names, else the default.
setting() {
    local name=$1 default=${2:-} file_name="$1_FILE" value
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        fail "both $name and $file_name are set (but are exclusive)"
    fi
    if [ -n "${!name:-}" ]; then
        value=${!name}
    elif [ -n "${!file_name:-}" ]; then
        value=$(<"${!file_name}")
    else
        value=$default
    fi
    export "$name=$value"
    unset "$file_name"
}

sql() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password \
        --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

check_password() {
    if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
        echo 'WARNING: POSTGRES_HOST_AUTH_METHOD is "trust": anyone may connect without a password.' >&2
    elif [ -z "$POSTGRES_PASSWORD" ]; then
        fail 'Database is uninitialized and superuser password is not specified.
       Set POSTGRES_PASSWORD to a non-empty value, or POSTGRES_HOST_AUTH_METHOD=trust.'
    fi
}

make_cluster() {
    local waldir=()
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
        waldir=(--waldir "$POSTGRES_INITDB_WALDIR")
    fi
    # initdb refuses an empty password file; POSTGRES_INITDB_ARGS is shell words by contract, hence the eval.
    if [ -n "$POSTGRES_PASSWORD" ]; then
        eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${waldir[@]}" \
            '"$POSTGRES_INITDB_ARGS"
    else
        eval 'initdb --username="$POSTGRES_USER" "${waldir[@]}" '"$POSTGRES_INITDB_ARGS"
    fi
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

run_initialisation_files() {
    local file
    shopt -s nullglob
    for file in /docker-entrypoint-initdb.d/*; do
        printf '%s: running %s\n' "$0" "$file"
        case "$file" in
            *.sh)
                if [ -x "$file" ]; then
                    "$file"
                else
                    # shellcheck disable=SC1090
                    . "$file"
                fi
                ;;
            *.sql) sql --file "$file" ;;
            *.sql.gz) gunzip --stdout "$file" | sql ;;
            *.sql.xz) xz --decompress --stdout "$file" | sql ;;
            *) printf '%s: ignoring %s\n' "$0" "$file" ;;
        esac
    done
}

initialise() {
    check_password
    make_cluster
    # Local socket only: nobody may take the half-made server for the finished one.
    local options
    printf -v options '%q ' -c "listen_addresses=" -p "${PGPORT:-5432}" "$@"
    export PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}"
    NOTIFY_SOCKET='' pg_ctl -D "$PGDATA" -o "$options" -w start
    if [ "$POSTGRES_DB" != postgres ]; then
        POSTGRES_DB=postgres sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
    fi
    run_initialisation_files
    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

main() {
    if [ "${1:0:1}" = - ]; then
        set -- postgres "$@"
    fi
    if [ "$1" = postgres ]; then
        mkdir -p "$PGDATA" /var/run/postgresql
        chmod 00700 "$PGDATA" || true
        if [ "$(id -u)" = 0 ]; then
            if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
                mkdir -p "$POSTGRES_INITDB_WALDIR"
                chown -R postgres:postgres "$POSTGRES_INITDB_WALDIR"
            fi
            find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
            exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
        fi
        setting POSTGRES_PASSWORD
        setting POSTGRES_USER postgres
        setting POSTGRES_DB "$POSTGRES_USER"
        setting POSTGRES_INITDB_ARGS
        : "${POSTGRES_HOST_AUTH_METHOD:=}"
        if [ -s "$PGDATA/PG_VERSION" ]; then
            printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
        else
            initialise "${@:2}"
        fi
    fi
    exec "$@"
}

main "$@"
