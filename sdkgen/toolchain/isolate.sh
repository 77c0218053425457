# Runs a command with a folder of unpacked packages as its root, in a mount namespace of its own (see swift_root.py):
#     isolate.sh ROOT FOLDER… -- COMMAND…
# The new root is a file system in memory that ends with the command, so nothing stays mounted and ROOT is only read.
# Each FOLDER is seen under its own name, so that callers need not translate paths.
set -eu
root=$1
shift
inside=$root/mnt
mount -t tmpfs sdkgen "$inside"
for entry in etc usr; do
    mkdir "$inside/$entry"
    mount --bind "$root/$entry" "$inside/$entry"
done
for entry in bin lib lib64 sbin; do
    ln -s "usr/$entry" "$inside/$entry"
done
# Bound, not mounted afresh, because containers and user namespaces allow only that.
for entry in dev proc; do
    mkdir "$inside/$entry"
    mount --rbind "/$entry" "$inside/$entry"
done
mkdir -m 1777 "$inside/tmp"
while [ "$1" != -- ]; do
    mkdir -p "$inside$1"
    mount --bind "$1" "$inside$1"
    shift
done
shift
here=$PWD
exec chroot "$inside" /usr/bin/env --chdir="$here" "$@"
