# Runs one throwaway server until standard input ends, which it does when the process that holds its other end drops it or
# dies; then stops the server and removes its folder.
# (PR_SET_PDEATHSIG would not do: it follows the thread that started the server, and a test's thread ends with the test.)
# Arguments: the folder, initdb, pg_ctl. Says `ready` or `failed` on standard output.
dir=$1 initdb=$2 pg_ctl=$3
cd "$dir" || exit 1

if "$initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync > log 2>&1 < /dev/null \
    && cat settings >> data/postgresql.conf \
    && "$pg_ctl" -D data -l log -w -t 60 start > /dev/null 2>&1 < /dev/null
then echo ready
else echo failed
fi

read -r _
"$pg_ctl" -D data -m immediate -w stop > /dev/null 2>&1
cd / && rm -rf "$dir"
