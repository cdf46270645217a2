// Odd moments and odd callers, as moments.c.
package main

import (
	"os"
	"syscall"
	"unsafe"
)

func again(environment []string) bool {
	return worked(syscall.Exec("/proc/self/exe", []string{"again", "open_read"}, environment))
}

func init() {
	add(map[string]func() bool{
		"after_closing_all": func() bool {
			return worked(second(call(436, 100, uintptr(^uint32(0)), 0))) && opened("file", readOnly) >= 0 // below 100 Go has its own
		},
		"without_environment": func() bool { return again(nil) },
		"with_other_preload":  func() bool { return again([]string{"LD_PRELOAD=libm.so.6"}) },
		"exec_memory": func() bool {
			from := opened("tool", readOnly)
			to, _ := call(memfdCreate, text("program"), 0)
			for {
				if count, err := syscall.Sendfile(to, from, nil, 1<<20); err != nil || count == 0 {
					break
				}
			}
			return worked(executesAt(to, "", atEmptyPath))
		},
		"exec_removed": func() bool {
			fd := opened("tool", pathOnly)
			return worked(syscall.Unlink("tool")) && worked(executesAt(fd, "", atEmptyPath))
		},
		"loop_of_links": func() bool {
			return worked(syscall.Symlink("new", "new")) && failedWith(second(open("new", readOnly)), syscall.ELOOP)
		},
		"two_names_renamed": func() bool { return worked(syscall.Link("file", "new")) && worked(syscall.Rename("file", "new")) },
		"removed_folder": func() bool {
			return worked(syscall.Mkdir("new", 0755)) && worked(syscall.Chdir("new")) && worked(syscall.Rmdir("../new")) && failedWith(second(open("file", readOnly)), syscall.ENOENT) && opened("../file", readOnly) >= 0
		},
		"removed_folder_descriptor": func() bool {
			fd := opened("empty", pathOnly)
			return worked(syscall.Rmdir("empty")) && failedWith(second(syscall.Openat(fd, "file", readOnly, 0)), syscall.ENOENT) && worked(second(syscall.Openat(fd, "../file", readOnly, 0)))
		},
		"renamed_folder": func() bool {
			return worked(syscall.Chdir("dir")) && worked(syscall.Rename("../dir", "../new")) && opened("inner", readOnly) >= 0
		},
		"bad_address": func() bool {
			return failedWith(second(call(syscall.SYS_OPENAT, at(atHere), 8, readOnly, 0)), syscall.EFAULT) && opened("file", readOnly) >= 0
		},
		"after_own_filter": func() bool {
			type program struct {
				length uint16
				filter unsafe.Pointer
			}
			pass := &[1]uint64{0x7fff0000<<32 | 6}
			whole := &program{1, unsafe.Pointer(pass)}
			const everyThread = 1
			if _, err := call(syscall.SYS_PRCTL, 38, 1, 0, 0, 0); err != nil && os.Getuid() != 0 {
				return false
			}
			return worked(second(call(317, 1, everyThread, uintptr(unsafe.Pointer(whole))))) && opened("file", readOnly) >= 0
		},
	})
}
