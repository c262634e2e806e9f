"""Shell scripts for work on files inside a container: arguments are positional, never pasted in.

They run on GNU and on BusyBox alike.
"""

READ = 'if [ -d "$2" ]; then echo "$2: Is a directory" >&2; exit 1; fi; exec head -c "$1" -- "$2"'

SEND = 'exec cat -- "$1"'

# A record is the token, the fields, the name, and a newline; a link's is the token, `>`, name, NUL, target.
_LINK = """printf '%s>%s\\000' "$token" "$file"; readlink "$file\""""

STAT = f"""\
file=$1 token=$2
[ -e "$file" ] || [ -L "$file" ] || exit 0
stat -c "$token%f %s %Y %u %n" -- "$file" || exit
if [ -L "$file" ]; then {_LINK}; fi
"""

# Entries may vanish while it reads; then `find` complains, and what is left counts.
LIST = f"""\
export token=$2
if [ ! -d "$1" ]; then
  if [ -e "$1" ]; then echo "$1: Not a directory" >&2; else echo "$1: No such file or directory" >&2; fi
  exit 1
fi
find "$1/" -mindepth 1 -maxdepth 1 -exec stat -c "$token%f %s %Y %u %n" -- {{}} +
find "$1/" -mindepth 1 -maxdepth 1 -type l -exec sh -c 'for file do {_LINK.replace("'", '"')}; done' sh {{}} +
exit 0
"""

MAKE_DIRECTORY = """\
mode=$2 owner=$3
make() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  make "${1%/*}" && mkdir -- "$1" && chmod "$mode" "$1" && chown "$owner" "$1"
}
make "$1"
"""

MOVE = """\
if [ -e "$2" ] || [ -L "$2" ]; then echo "$2: File exists" >&2; exit 1; fi
mv -n -- "$1" "$2" || exit
if [ -e "$1" ] || [ -L "$1" ]; then echo "$2: File exists" >&2; exit 1; fi
"""

RENAME = """\
if [ -d "$2" ]; then rm -f -- "$1"; echo "$2: Is a directory" >&2; exit 1; fi
mv -f -- "$1" "$2"
"""

REFLINK = "reflink=; if cp --help 2>&1 | grep -q reflink; then reflink=--reflink=auto; fi"

COPY_TREE = f"""\
if [ -e "$2" ] || [ -L "$2" ]; then echo "$2: File exists" >&2; exit 1; fi
{REFLINK}
cp -a $reflink -- "$1" "$2" && exit
rm -rf -- "$2"
exit 1
"""

REMOVE = 'rm -rf -- "$1"'

SIZE = 'du -sk -- "$1"'

FREE = """\
path=$1
while [ -n "$path" ] && [ ! -e "$path" ]; do path=${path%/*}; done
exec stat -f -c '%a %S' -- "${path:-/}"
"""

# A record is the token, time and name of a file, NUL, and its end. Nothing is printed without a collector.
LOG_TAILS = """\
limit=$1 data=$2 token=$3
[ -f "$data/current_logfiles" ] || exit 0
cd "$data" || exit
found=
put() {
  [ -f "$1" ] || return 0
  found=yes
  printf '%s%s %s\\000' "$token" "$(stat -c %Y -- "$1")" "$1"
  tail -c "$limit" -- "$1"
}
while IFS= read -r entry; do
  path=${entry#* }
  put "$path"
  case $path in
    *.csv | *.json)
      if ! grep -q '^stderr ' current_logfiles; then put "${path%.*}.log"; put "${path%.*}"; fi ;;
  esac
done <current_logfiles
if [ -z "$found" ]; then
  if [ -e "$path" ]; then what='no file'; else what='not there'; fi
  echo "The log file $path that the server names is $what." >&2; exit 1
fi
"""

# `tail -F` goes on when a file is cut short; the collector's next file has another name.
LOG_FOLLOWED = """\
data=$1 last=$2 follow=$3
cd "$data" || exit
current() {
  for kind in stderr csvlog jsonlog; do
    path=$(sed -n "s/^$kind //p" current_logfiles 2>/dev/null)
    if [ -f "$path" ]; then printf '%s\\n' "$path"; return; fi
  done
}
file=$(current)
if [ "$follow" = 0 ]; then exec tail -n "$last" -- "$file"; fi
tail -n "$last" -F -- "$file" 2>/dev/null &
while sleep 0.5; do
  now=$(current)
  if [ -z "$now" ] || [ "$now" = "$file" ]; then continue; fi
  sleep 1.5
  kill $!
  file=$now
  tail -n +1 -F -- "$file" 2>/dev/null &
done
"""

# State, free bytes of pg_wal and of the directory (blocks and their size), then the names that are there.
ARCHIVE_LOOK = """\
wal=$1 directory=$2
shift 2
if [ -z "$directory" ]; then echo unknown
elif [ -d "$directory" ]; then
  if [ -w "$directory" ] && [ -x "$directory" ]; then echo there; else echo closed; fi
elif [ -e "$directory" ] || [ -L "$directory" ]; then
  echo "not a directory"
else
  above=$directory
  while [ ! -e "$above" ] && [ -n "$above" ]; do above=${above%/*}; done
  if [ -z "$above" ] || [ -d "$above" ]; then echo missing; else echo "not a directory"; fi
fi
stat -f -c '%a %S' -- "$wal" 2>/dev/null || echo -
stat -f -c '%a %S' -- "$directory" 2>/dev/null || echo -
for name do
  for ending in "" .gz .zst .lz4 .bz2 .xz; do
    if [ -f "$directory/$name$ending" ]; then echo "$name"; break; fi
  done
done
"""
