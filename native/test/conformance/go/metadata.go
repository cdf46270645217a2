// Modes, owners, times and attributes, as metadata.c.
package main

import (
	"syscall"
	"unsafe"
)

const (
	somebody  = 12345
	utimensat = 280
)

var longAgo = [2]syscall.Timespec{{Sec: 1000000000}, {Sec: 1000000000}}
var longAgoMicro = []syscall.Timeval{{Sec: 1000000000}, {Sec: 1000000000}}

func setTimes(fd int, name, times uintptr, flags uintptr) error {
	return second(call(utimensat, at(fd), name, times, flags))
}

// The result is the file system's business: what is tried counts.
func tries(body func()) func() bool {
	return func() bool {
		body()
		return true
	}
}

func asks(number uintptr, name string) error {
	var room [256]byte
	if number == syscall.SYS_GETXATTR || number == syscall.SYS_LGETXATTR {
		return second(call(number, text(name), text("user.none"), uintptr(unsafe.Pointer(&room)), 8))
	}
	return second(call(number, text(name), uintptr(unsafe.Pointer(&room)), 256))
}

func ioctl(fd int, request uintptr) {
	var flags [32]byte
	call(syscall.SYS_IOCTL, at(fd), request, uintptr(unsafe.Pointer(&flags)))
}

func init() {
	ago := uintptr(unsafe.Pointer(&longAgo))
	add(map[string]func() bool{
		"mode_of_path":      func() bool { return worked(syscall.Chmod("file", 0600)) },
		"mode_of_missing":   func() bool { return failedWith(syscall.Chmod("absent", 0600), syscall.ENOENT) },
		"mode_through_link": func() bool { return worked(syscall.Chmod("link", 0600)) },
		"mode_of_folder":    func() bool { return worked(syscall.Chmod("dir", 0700)) },
		"mode_of_open":      func() bool { return worked(syscall.Fchmod(opened("file", readOnly), 0600)) },
		"mode_at":           func() bool { return worked(syscall.Fchmodat(opened("dir", pathOnly), "inner", 0600, 0)) },
		"mode_at_by_number": tries(func() { call(452, at(atHere), text("file"), 0600, 0) }),
		"mode_through_proc": func() bool { return worked(syscall.Chmod(descriptorName(opened("file", readOnly)), 0600)) },
		"owner_same":        func() bool { return worked(syscall.Chown("file", syscall.Getuid(), -1)) },
		"owner_other":       tries(func() { syscall.Chown("file", somebody, -1) }),
		"owner_of_link":     tries(func() { syscall.Lchown("link", somebody, -1) }),
		"owner_of_open":     tries(func() { syscall.Fchown(opened("file", readOnly), somebody, -1) }),
		"owner_at":          tries(func() { syscall.Fchownat(atHere, "file", somebody, -1, 0) }),
		"times_now":         func() bool { return worked(setTimes(atHere, text("file"), 0, 0)) },
		"times_set":         func() bool { return worked(setTimes(atHere, text("file"), ago, 0)) },
		"times_of_link":     func() bool { return worked(setTimes(atHere, text("link"), ago, atNoFollow)) },
		"times_of_open":     func() bool { return worked(setTimes(opened("file", readOnly), 0, ago, 0)) },
		"times_of_missing":  func() bool { return failedWith(setTimes(atHere, text("absent"), ago, 0), syscall.ENOENT) },
		"times_utime": func() bool {
			return worked(syscall.Utime("file", &syscall.Utimbuf{Actime: 1000000000, Modtime: 1000000000}))
		},
		"times_utimes": func() bool { return worked(syscall.Utimes("file", longAgoMicro)) },
		"times_at":     func() bool { return worked(syscall.Futimesat(opened("dir", pathOnly), "inner", longAgoMicro)) },
		"mask": func() bool {
			syscall.Umask(077)
			return fresh() >= 0
		},
		"attribute_get":         tries(func() { asks(syscall.SYS_GETXATTR, "file") }),
		"attribute_get_missing": func() bool { return failedWith(asks(syscall.SYS_GETXATTR, "absent"), syscall.ENOENT) },
		"attribute_get_link":    tries(func() { asks(syscall.SYS_LGETXATTR, "link") }),
		"attribute_get_open": func() bool {
			var room [8]byte
			fd := opened("file", readOnly)
			call(syscall.SYS_FGETXATTR, at(fd), text("user.none"), uintptr(unsafe.Pointer(&room)), 8)
			return fd >= 0
		},
		"attribute_list":      func() bool { return worked(asks(syscall.SYS_LISTXATTR, "file")) },
		"attribute_list_link": func() bool { return worked(asks(syscall.SYS_LLISTXATTR, "link")) },
		"attribute_set":       tries(func() { syscall.Setxattr("file", "user.name", []byte("value"), 0) }),
		"attribute_set_link":  tries(func() { call(syscall.SYS_LSETXATTR, text("link"), text("user.name"), text("value"), 5, 0) }),
		"attribute_set_open": tries(func() {
			call(syscall.SYS_FSETXATTR, at(opened("file", readOnly)), text("user.name"), text("value"), 5, 0)
		}),
		"attribute_remove": tries(func() {
			syscall.Setxattr("file", "user.name", []byte("value"), 0)
			syscall.Removexattr("file", "user.name")
		}),
		"attribute_remove_none": tries(func() { syscall.Removexattr("file", "system.posix_acl_default") }),
		"access_list_plain": tries(func() {
			list := [7]uint32{2, 6<<16 | 1, ^uint32(0), 4<<16 | 4, ^uint32(0), 4<<16 | 0x20, ^uint32(0)}
			call(syscall.SYS_SETXATTR, text("file"), text("system.posix_acl_access"), uintptr(unsafe.Pointer(&list)), unsafe.Sizeof(list), 0)
		}),
		"flags_set":          tries(func() { ioctl(opened("file", readOnly), 0x40086602) }),
		"extended_flags_set": tries(func() { ioctl(opened("file", readOnly), 0x401c5820) }),
		"flags_get":          tries(func() { ioctl(opened("file", readOnly), 0x80086601) }),
	})
}
