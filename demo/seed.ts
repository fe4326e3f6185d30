/**
 * Shell programs that fill a volume with what is easily lost on the way: odd modes and owners, empty directories, symbolic links
 * (also dangling ones), hard links, old times, names with spaces and other scripts. Random contents, so that nothing deduplicates.
 */
export const SEEDS: Record<'uploads' | 'database' | 'pages', string> = {
  uploads: `
    cd /data; umask 022; mkdir -p photos/2024 photos/2025 thumbs 'names with spaces' empty/dir
    i=0; while [ $i -lt 20 ]; do head -c 1048576 /dev/urandom > photos/2024/$i.raw; i=$((i+1)); done
    i=0; while [ $i -lt 600 ]; do echo "thumbnail $i" > thumbs/$i.txt; i=$((i+1)); done
    head -c 300000 /dev/urandom > 'names with spaces/ünïcødé 文件.bin'
    chown -R 1000:1000 photos; chmod 2775 photos; chmod 600 photos/2024/1.raw; chmod 4755 thumbs/1.txt; chmod 0 thumbs/2.txt
    ln -f photos/2024/0.raw photos/2025/same-file.raw; ln -f thumbs/3.txt thumbs/3-again.txt
    ln -sfn ../photos thumbs/link; ln -sfn /nowhere dangling; chown -h 1234:4321 dangling
    touch -d '2001-02-03 04:05:06' photos/2024/2.raw; chmod 1777 empty; chown 65534:65534 empty/dir`,
  database: `
    cd /data; umask 077; mkdir -p pgdata/base pgdata/wal
    i=0; while [ $i -lt 8 ]; do head -c 1048576 /dev/urandom > pgdata/base/$i; i=$((i+1)); done
    i=0; while [ $i -lt 200 ]; do echo "record $i" > pgdata/wal/$i; i=$((i+1)); done
    chown -R 70:70 pgdata; chmod 700 pgdata; touch -d '1999-12-31 23:59:59' pgdata/base/0; : > pgdata/empty`,
  pages: `
    cd /data; umask 027; mkdir -p pages/a/b/c/d
    i=0; while [ $i -lt 300 ]; do echo "# page $i" > pages/$i.md; i=$((i+1)); done
    head -c 2097152 /dev/urandom > pages/a/b/c/d/attachment.bin
    touch -d '2020-02-29 12:00:00' pages/a/b/c/d/attachment.bin
    ln -sfn ../../.. pages/a/b/up; chown -R 33:33 pages; chmod 640 pages/1.md`,
};
