/**
 * Builds the file system that kwok and the commands of `kubectl exec` see, enters it and runs a command
 * there. A shell script, since mounting and pivot_root are commands, and since it must run inside the new
 * namespaces, where it is process 1.
 *
 * Arguments: the empty directory to mount over, the directory of kwok's files, kwok's executable (both may
 * be empty), the host name, then the command.
 *
 * - A tmpfs with the host's programs and libraries, read-only and without set-uid; nothing else of the host:
 *   no home, no state directory, no /run with its sockets, no /etc but alternatives (links to programs).
 * - /proc is that of the new process namespace; a user sees only their own processes (hidepid).
 * - kwok's files are copied to a directory that only root may enter.
 * - pivot_root and umount, not chroot: there is no way back to the host's tree.
 * - root inside keeps the rights to become another user and to end their processes, and no other; set-uid
 *   programs and file capabilities give nothing back (no_new_privs).
 */
export const rootScript = String.raw`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 files=$2 kwok=$3 name=$4
shift 4

read_only() {
  mount --bind "$1" "$2"
  mount -o remount,bind,ro,nosuid,nodev "$2"
}

mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev gatehouse "$root"
cd "$root"
mkdir -m 0755 dev dev/pts etc old proc usr var var/log
mkdir tmp
mkdir -m 0700 kwok

for directory in bin lib lib32 lib64 libexec; do
  if [ -d "/usr/$directory" ]; then
    mkdir "usr/$directory"
    read_only "/usr/$directory" "usr/$directory"
  fi
done
for directory in bin lib lib32 lib64; do
  if [ -L "/$directory" ]; then
    cp -P "/$directory" "$directory"
  elif [ -d "/$directory" ]; then
    mkdir "$directory"
    read_only "/$directory" "$directory"
  fi
done
if [ -d /etc/alternatives ]; then
  mkdir etc/alternatives
  read_only /etc/alternatives etc/alternatives
fi

printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' > etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' > etc/group
printf '127.0.0.1 localhost %s\n' "$name" > etc/hosts
printf '%s\n' "$name" > etc/hostname
hostname "$name" || :

for device in null zero full random urandom tty; do
  : > "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,nosuid,noexec devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

mount -t proc -o nosuid,nodev,noexec,hidepid=2 proc proc
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev gatehouse tmp

if [ -n "$files" ]; then
  for file in "$files"/*; do
    if [ -f "$file" ]; then cp "$file" kwok/; fi
  done
  chmod 0600 kwok/*
fi
if [ -n "$kwok" ]; then
  : > kwok/kwok
  read_only "$kwok" kwok/kwok
fi

pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,ro /

exec env -i PATH=/usr/bin:/bin HOME=/tmp setpriv --no-new-privs --inh-caps=-all \
  --bounding-set=-all,+setuid,+setgid,+kill -- "$@"
`
