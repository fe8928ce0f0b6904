# What the scripts of virtual machines share (scripts/vm-test, scripts/vm-reboot): a kernel, the first programs, the project, disks.
# shellcheck shell=sh
# Read by a script that has gone to the project's root; `name` is what it calls itself.

work=build/vm
PATH="$PATH:/sbin:/usr/sbin"

say() { echo "$name: $*" >&2; }
skip() {
  say "skipped: $*"
  exit 0
}

# need_programs PACKAGES PROGRAM...
need_programs() {
  packages=$1
  shift
  for program; do command -v "$program" >/dev/null || skip "there is no $program (Debian: $packages)"; done
  [ "$(uname -m)" = x86_64 ] || skip "this machine is not an x86-64 one"
  [ -e build/tsrun.node ] || skip "the native core is not built yet; run scripts/setup"
}

# A folder that goes with the script.
make_scratch() {
  mkdir -p "$work"
  scratch=$(mktemp -d "$work/run-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT TERM
}

# Debian's kernel: sets kernel, modules and version.
find_kernel() {
  kernel=${TSRUN_VM_KERNEL-}
  modules=${TSRUN_VM_MODULES-}
  for image in /boot/vmlinuz-*-cloud-amd64 "$work"/kernel/boot/vmlinuz-*; do
    [ -z "$kernel" ] && [ -e "$image" ] || continue
    kernel=$image
    modules=${image%/boot/*}/lib/modules/${image##*/vmlinuz-}
  done
  version=${modules##*/}
  [ -n "$kernel" ] && [ -d "$modules" ]
}

fetch_kernel() {
  command -v apt-get >/dev/null || skip "there is no kernel: set TSRUN_VM_KERNEL and TSRUN_VM_MODULES"
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
  [ -n "$package" ] || skip "apt knows no linux-image-cloud-amd64"
  say "fetching $package"
  rm -rf "$work/kernel"
  mkdir -p "$work/kernel"
  (cd "$work/kernel" && apt-get download "$package" >/dev/null 2>&1) || skip "$package could not be fetched"
  dpkg -x "$work"/kernel/*.deb "$work/kernel"
  rm "$work"/kernel/*.deb
}

need_kernel() { find_kernel || { fetch_kernel && find_kernel; } || skip "there is no kernel"; }

# copy_project DIRECTORY: what runs and tests it, without the tools that make it.
copy_project() {
  project=$1
  mkdir -p "$project"
  cp -a bin build/tsrun* dist src test rootfs-fixtures packaging package.json ava.config.js "$project/" 2>/dev/null || true
  mkdir "$project/build" "$project/node_modules"
  mv "$project"/tsrun* "$project/build/"
  for module in node_modules/* node_modules/.bin; do
    case ${module##*/} in typescript | @typescript | oxlint | @oxlint* | oxfmt | @oxfmt | esbuild | @esbuild | knip | cmake-js | @oxc*) ;; *) cp -a "$module" "$project/node_modules/" ;; esac
  done
  rm -rf "$project"/node_modules/node-linux-*/include
}

# make_initramfs FILE: find the disk, go there.
make_initramfs() {
  early=$scratch/early
  mkdir -p "$early/bin" "$early/modules" "$early/proc" "$early/dev" "$early/root"
  cp -L "$(command -v busybox)" "$early/bin/busybox"
  for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_modern_dev virtio/virtio_pci_legacy_dev virtio/virtio_pci block/virtio_blk; do
    cp "$modules/kernel/drivers/$module.ko" "$early/modules/"
  done
  cp test/vm/early-init "$early/init"
  chmod 755 "$early/init"
  (cd "$early" && find . | busybox cpio -o -H newc 2>/dev/null) >"$1"
}

KERNEL_WORDS='console=ttyS0 quiet loglevel=1 panic=-1 no_timer_check nokaslr mitigations=off cryptomgr.notests'
