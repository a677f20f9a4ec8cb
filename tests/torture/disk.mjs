// A disk under a real ext4 whose every write and flush is recorded: file <- qemu-storage-daemon (blklogwrites, exported by FUSE) <-
// loop device <- ext4. And an image mounted as a machine does after a power cut. Needs root. We live in a mount namespace of our own
// (scripts/torture) and mount with -o loop: when the last of us is gone, in whatever way, the kernel takes mounts and loops away.
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { killEverything, Process, run, runSync, until } from '../../scripts/rig/process.mjs';

export const deviceMiB = 64;
const mounted = new Set();
process.on('exit', () => {
  killEverything();
  for (const place of [...mounted].reverse()) {
    try { runSync('umount', ['-l', place]); } catch { /* gone with our namespace */ }
  }
});

// An ext4 that does nothing behind our back: no table is made later, nothing is discarded.
export async function makeImage(file) {
  const descriptor = openSync(file, 'w');
  ftruncateSync(descriptor, deviceMiB << 20);
  closeSync(descriptor);
  await run('mkfs.ext4', ['-q', '-F', '-b', '4096', '-J', 'size=4', '-E', 'nodiscard,lazy_itable_init=0,lazy_journal_init=0', file]);
}

export async function mount(image, folder) {
  mkdirSync(folder, { recursive: true });
  await run('mount', ['-t', 'ext4', '-o', 'loop,errors=remount-ro,nodiscard', image, folder]);
  mounted.add(folder);
}

// As at boot, where e2fsck comes before the mount: a superblock that was torn is taken from its copy. Answers whether that was needed.
export async function mountAfterCut(image, folder) {
  try {
    await mount(image, folder);
    return false;
  } catch {
    await run('e2fsck', ['-f', '-y', image]).catch((error) => { if (error.code > 2) throw error; });  // 1, 2: mended
    await mount(image, folder);
    return true;
  }
}

export async function unmount(folder) {
  await run('umount', [folder]);
  mounted.delete(folder);
}

// What ext4 itself complains of since it was mounted; none: null.
export function complaintOfExt4(folder) {
  const line = readFileSync('/proc/mounts', 'utf8').split('\n').find((text) => text.split(' ')[1] === folder);
  if (!line) return 'it is not mounted';
  const [device, , , options] = line.split(' ');
  if (!options.split(',').includes('rw')) return 'ext4 made itself read-only';
  const errors = Number(readFileSync(`/sys/fs/ext4/${device.split('/').at(-1)}/errors_count`, 'utf8'));
  return errors > 0 ? `ext4 counts ${errors} errors` : null;
}

// Looks at an image that nobody has mounted; null: sound.
export async function complaintOfCheck(image) {
  try {
    await run('e2fsck', ['-f', '-n', image]);
    return null;
  } catch (error) {
    return `e2fsck: ${String(error.stdout).trim().split('\n').slice(-4).join(' | ')}`;
  }
}

export class RecordedDisk {
  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    Object.assign(this, { folder, image: join(folder, 'disk.img'), blank: join(folder, 'blank.img'), log: join(folder, 'writes.log'), exported: join(folder, 'export'), mountpoint: join(folder, 'mnt') });
  }

  async start() {
    await makeImage(this.blank);
    copyFileSync(this.blank, this.image);
    writeFileSync(this.log, '');
    writeFileSync(this.exported, '');
    this.qemu = new Process('qemu-storage-daemon', { log: join(this.folder, 'qemu.log') });
    this.qemu.start('qemu-storage-daemon', [
      '--blockdev', `driver=file,node-name=medium,filename=${this.image}`, '--blockdev', `driver=file,node-name=log,filename=${this.log}`,
      '--blockdev', 'driver=blklogwrites,node-name=recorded,file=medium,log=log,log-sector-size=512',
      '--export', `type=fuse,id=export,node-name=recorded,mountpoint=${this.exported},writable=on`,
    ]);
    mounted.add(this.exported);
    await until('the recorded disk is there', () => statSync(this.exported).size === deviceMiB << 20, { owner: this.qemu, deadline: 10_000, every: 10 });
    await mount(this.exported, this.mountpoint);
  }

  // A place in the log: all that was told to the device by now lies before it.
  get position() { return statSync(this.log).size; }

  async stop() {
    if (mounted.has(this.mountpoint)) await unmount(this.mountpoint);
    await this.qemu.stop({ deadline: 20_000 });  // takes its export away
    mounted.delete(this.exported);
  }
}
