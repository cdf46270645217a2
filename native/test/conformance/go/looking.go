// Asking about files without opening them, and reading links and folders, as looking.c.
package main

import (
	"os"
	"path/filepath"
	"syscall"
	"unsafe"
)

const statxNumber = 332

var what syscall.Stat_t

func stat(name string) error  { return syscall.Stat(name, &what) }
func lstat(name string) error { return syscall.Lstat(name, &what) }

func statAt(fd int, name string, flags uintptr) error {
	return second(call(syscall.SYS_NEWFSTATAT, at(fd), text(name), uintptr(unsafe.Pointer(&what)), flags))
}

func statx(name string, flags uintptr) error {
	var room [256]byte
	return second(call(statxNumber, at(atHere), text(name), flags, 0x7ff, uintptr(unsafe.Pointer(&room))))
}

func readlink(name string) (int, error) { return syscall.Readlink(name, make([]byte, 64)) }

func readlinkAt(fd int, name string) (int, error) {
	var room [64]byte
	return call(syscall.SYS_READLINKAT, at(fd), text(name), uintptr(unsafe.Pointer(&room)), 64)
}

func nameToHandle(name string) error {
	handle := [136]byte{128}
	var mount int32
	return second(call(303, at(atHere), text(name), uintptr(unsafe.Pointer(&handle)), uintptr(unsafe.Pointer(&mount)), 0))
}

func lists(name string) func() bool {
	return func() bool { return worked(second(os.ReadDir(name))) }
}

func init() {
	add(map[string]func() bool{
		"stat_file":       func() bool { return worked(stat("file")) },
		"stat_missing":    func() bool { return failedWith(stat("absent"), syscall.ENOENT) },
		"stat_below_file": func() bool { return failedWith(stat("file/below"), syscall.ENOTDIR) },
		"stat_link":       func() bool { return worked(stat("link")) },
		"stat_dangling":   func() bool { return failedWith(stat("dangling"), syscall.ENOENT) },
		"stat_folder":     func() bool { return worked(stat("dir")) },
		"lstat_link":      func() bool { return worked(lstat("link")) },
		"lstat_missing":   func() bool { return failedWith(lstat("absent"), syscall.ENOENT) },
		"fstat_open": func() bool {
			fd, _ := open("file", readOnly)
			return worked(syscall.Fstat(fd, &what))
		},
		"fstatat_folder": func() bool {
			fd, _ := open("dir", pathOnly)
			return worked(statAt(fd, "inner", 0))
		},
		"fstatat_no_follow": func() bool { return worked(statAt(atHere, "link", atNoFollow)) },
		"fstatat_empty_path": func() bool {
			fd, _ := open("file", readOnly)
			return worked(statAt(fd, "", atEmptyPath))
		},
		"statx_file":            func() bool { return worked(statx("file", 0)) },
		"statx_missing":         func() bool { return failedWith(statx("absent", atNoFollow), syscall.ENOENT) },
		"access_file":           func() bool { return worked(syscall.Access("file", 4)) },
		"access_missing":        func() bool { return failedWith(syscall.Access("absent", 0), syscall.ENOENT) },
		"access_not_executable": func() bool { return failedWith(syscall.Access("file", 1), syscall.EACCES) },
		"faccessat_folder":      func() bool { return worked(syscall.Faccessat(folder("dir"), "inner", 4, 0)) },
		"faccessat_effective":   func() bool { return worked(second(call(439, at(atHere), text("file"), 4, 0x200))) },
		"readlink_link": func() bool {
			length, _ := readlink("link")
			return length == 4
		},
		"readlink_file":    func() bool { return failedWith(second(readlink("file")), syscall.EINVAL) },
		"readlink_missing": func() bool { return failedWith(second(readlink("absent")), syscall.ENOENT) },
		"readlink_short":   func() bool { return worked(second(syscall.Readlink("link", make([]byte, 2)))) },
		"readlinkat_folder": func() bool {
			fd, _ := open("dir", pathOnly)
			return failedWith(second(readlinkAt(fd, "inner")), syscall.EINVAL)
		},
		"readlinkat_empty_path": func() bool {
			fd, _ := open("link", pathOnly|syscall.O_NOFOLLOW)
			return worked(second(readlinkAt(fd, "")))
		},
		"list_folder":           lists("dir"),
		"list_empty":            lists("empty"),
		"list_through_link":     lists("dirlink"),
		"scan_folder":           lists("dir"),
		"change_folder":         func() bool { return worked(syscall.Chdir("dir")) && worked(second(open("inner", readOnly))) },
		"change_folder_missing": func() bool { return failedWith(syscall.Chdir("absent"), syscall.ENOENT) },
		"change_folder_descriptor": func() bool {
			fd, _ := open("dir", pathOnly)
			return worked(syscall.Fchdir(fd)) && worked(second(open("inner", readOnly)))
		},
		"handle_of": func() bool {
			nameToHandle("file")
			return true // not on every file system
		},
		"handle_of_missing": func() bool { return failedWith(nameToHandle("absent"), syscall.ENOENT) },
		"file_system_of": func() bool {
			var system syscall.Statfs_t
			return worked(syscall.Statfs("file", &system))
		},
		"watch": func() bool {
			events, _ := syscall.InotifyInit1(0)
			return worked(second(syscall.InotifyAddWatch(events, "file", syscall.IN_MODIFY)))
		},
		"own_program": func() bool {
			name, _ := os.Readlink("/proc/self/exe")
			return worked(second(open(name, readOnly)))
		},
		"walk": func() bool {
			return worked(filepath.Walk("dir", func(_ string, _ os.FileInfo, err error) error { return err }))
		},
	})
}
