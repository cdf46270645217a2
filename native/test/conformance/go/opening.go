// Opening files, as opening.c.
package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// Source: linux/openat2.h
type openHow struct{ flags, mode, resolve uint64 }

const openat2 = 437

func openHowAt(fd int, name string, resolve uint64) error {
	how := openHow{resolve: resolve}
	return second(call(openat2, at(fd), text(name), uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how)))
}

func opens(name string, flags int) func() bool {
	return func() bool { return worked(second(open(name, flags))) }
}

func refuses(name string, flags int, number syscall.Errno) func() bool {
	return func() bool { return failedWith(second(open(name, flags)), number) }
}

func init() {
	add(map[string]func() bool{
		"open_read":                opens("file", readOnly),
		"open_missing":             refuses("absent", readOnly, syscall.ENOENT),
		"open_below_file":          refuses("file/below", readOnly, syscall.ENOTDIR),
		"open_missing_folder":      refuses("absent/file", readOnly, syscall.ENOENT),
		"open_create":              opens("new", createsWrite),
		"open_create_in_missing":   refuses("absent/new", createsWrite, syscall.ENOENT),
		"open_create_existing":     opens("file", syscall.O_CREAT|readOnly),
		"open_exclusive":           opens("new", createsWrite|syscall.O_EXCL),
		"open_exclusive_exists":    refuses("file", createsWrite|syscall.O_EXCL, syscall.EEXIST),
		"open_exclusive_link":      refuses("dangling", createsWrite|syscall.O_EXCL, syscall.EEXIST),
		"open_truncate":            opens("file", syscall.O_WRONLY|syscall.O_TRUNC),
		"open_truncate_read":       opens("file", readOnly|syscall.O_TRUNC),
		"open_write":               opens("file", syscall.O_WRONLY),
		"open_read_write":          opens("file", syscall.O_RDWR),
		"open_read_write_new":      opens("new", syscall.O_RDWR|syscall.O_CREAT),
		"open_read_write_truncate": opens("file", syscall.O_RDWR|syscall.O_TRUNC),
		"open_link":                opens("link", readOnly),
		"open_through_folder_link": opens("dirlink/inner", readOnly),
		"open_dangling":            refuses("dangling", readOnly, syscall.ENOENT),
		"create_through_link":      opens("dangling", createsWrite),
		"open_no_follow":           opens("file", readOnly|syscall.O_NOFOLLOW),
		"open_no_follow_link":      refuses("link", readOnly|syscall.O_NOFOLLOW, syscall.ELOOP),
		"open_path_only":           opens("file", pathOnly),
		"open_directory":           opens("dir", readOnly),
		"open_directory_path":      opens("dir", pathOnly|syscall.O_DIRECTORY),
		"open_directory_write":     refuses("dir", syscall.O_WRONLY, syscall.EISDIR),
		"open_file_as_directory":   refuses("file", readOnly|syscall.O_DIRECTORY, syscall.ENOTDIR),
		"open_dots":                opens("dir/.././/file", readOnly),
		"open_trailing_slash":      refuses("file/", readOnly, syscall.ENOTDIR),
		"open_proc_self_cwd":       opens("/proc/self/cwd/file", readOnly),
		"open_proc_task_cwd":       opens(fmt.Sprintf("/proc/self/task/%d/cwd/file", os.Getpid()), readOnly),
		"open_proc_thread_cwd":     opens("/proc/thread-self/cwd/file", readOnly),
		"open_system_file":         opens("/etc/passwd", readOnly),
		"open_long_name":           opens(strings.Repeat("./", 1000)+"file", readOnly),
		"creat_new":                func() bool { return worked(second(syscall.Creat("new", 0644))) },
		"creat_existing":           func() bool { return worked(second(syscall.Creat("file", 0644))) },
		"open_append": func() bool {
			fd, _ := open("file", syscall.O_WRONLY|syscall.O_APPEND)
			return worked(second(syscall.Write(fd, []byte("more"))))
		},
		"open_path_then_reopen": func() bool {
			fd, _ := open("file", pathOnly)
			return worked(second(open(descriptorName(fd), readOnly)))
		},
		"openat_folder": func() bool { return worked(second(syscall.Openat(folder("dir"), "inner", readOnly, 0))) },
		"openat_missing": func() bool {
			return failedWith(second(syscall.Openat(folder("dir"), "absent", readOnly, 0)), syscall.ENOENT)
		},
		"openat_create": func() bool { return worked(second(syscall.Openat(folder("dir"), "new", createsWrite, 0644))) },
		"openat_parent": func() bool { return worked(second(syscall.Openat(folder("dir"), "../file", readOnly, 0))) },
		"openat_moved_folder": func() bool {
			from := folder("dir")
			return worked(syscall.Rename("dir", "moved")) && worked(second(syscall.Openat(from, "inner", readOnly, 0)))
		},
		"open_nameless": func() bool {
			fd, _ := syscall.Open(".", nameless|syscall.O_RDWR, 0600)
			return worked(second(syscall.Write(fd, []byte("text")))) && worked(second(call(syscall.SYS_LINKAT, at(atHere), text(descriptorName(fd)), at(atHere), text("new"), atFollow)))
		},
		"open_nameless_empty_path": func() bool {
			fd, _ := syscall.Open(".", nameless|syscall.O_RDWR, 0600)
			err := second(call(syscall.SYS_LINKAT, at(fd), text(""), at(atHere), text("new"), atEmptyPath))
			return worked(err) || err == syscall.ENOENT // before Linux 6.10 it is root's alone
		},
		"open_proc_self_fd": func() bool {
			fd, _ := open("file", readOnly)
			return worked(second(open(descriptorName(fd), readOnly)))
		},
		"open_dev_fd": func() bool {
			fd, _ := open("file", readOnly)
			return worked(second(open(fmt.Sprint("/dev/fd/", fd), syscall.O_WRONLY)))
		},
		"open_proc_pid_fd": func() bool {
			fd, _ := open("file", readOnly)
			return worked(second(open(fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd), readOnly)))
		},
		"open_proc_self_root": func() bool {
			room := make([]byte, 4096)
			length, _ := syscall.Getcwd(room)
			return worked(second(open("/proc/self/root"+string(room[:length-1])+"/file", readOnly)))
		},
		"open_with_openat2": func() bool { return worked(openHowAt(atHere, "file", 0)) },
		"openat2_no_links":  func() bool { return failedWith(openHowAt(atHere, "link", 4), syscall.ELOOP) },
		"openat2_in_root":   func() bool { return worked(openHowAt(folder("dir"), "/inner", 16)) },
		"openat2_beneath":   func() bool { return worked(openHowAt(folder("dir"), "inner", 8)) },
		"open_by_handle": func() bool {
			handle := [136]byte{128}
			var mount int32
			from, _ := open(".", pathOnly)
			if _, err := call(303, at(atHere), text("file"), uintptr(unsafe.Pointer(&handle)), uintptr(unsafe.Pointer(&mount)), 0); err != nil {
				return true // not on this file system
			}
			call(304, at(from), uintptr(unsafe.Pointer(&handle)), readOnly)
			return true
		},
	})
}
