// Changing content, as writing.c.
package main

import (
	"os"
	"syscall"
	"unsafe"
)

const (
	memfdCreate   = 319
	copyFileRange = 326
	vmsplice      = 278
	tee           = 276
)

func put(fd int, what string) bool {
	count, err := syscall.Write(fd, []byte(what))
	return err == nil && count == len(what)
}

func fresh() int {
	fd, _ := open("new", createsWrite)
	return fd
}

func opened(name string, flags int) int {
	fd, _ := open(name, flags)
	return fd
}

func pipe() (int, int) {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	return ends[0], ends[1]
}

func moved(count int64, err error) bool { return err == nil && count > 0 }

func sent(to, from int) bool {
	count, err := syscall.Sendfile(to, from, nil, 5)
	return err == nil && count > 0
}

func map5(name string, flags, protection, kind int) ([]byte, error) {
	return syscall.Mmap(opened(name, flags), 0, 5, protection, kind)
}

func init() {
	add(map[string]func() bool{
		"write_new": func() bool { return put(fresh(), "text") },
		"write_vector": func() bool {
			bytes := []byte("text")
			piece := syscall.Iovec{Base: &bytes[0], Len: 4}
			return worked(second(call(syscall.SYS_WRITEV, at(fresh()), uintptr(unsafe.Pointer(&piece)), 1)))
		},
		"write_at": func() bool { return worked(second(syscall.Pwrite(opened("file", syscall.O_WRONLY), []byte("T"), 0))) },
		"read_back": func() bool {
			if !put(fresh(), "text") {
				return false
			}
			count, _ := syscall.Read(opened("new", readOnly), make([]byte, 8))
			return count == 4
		},
		"read_then_write": func() bool {
			return opened("file", readOnly) >= 0 && opened("file", syscall.O_WRONLY|syscall.O_TRUNC) >= 0
		},
		"map_read": func() bool {
			bytes, err := map5("file", readOnly, syscall.PROT_READ, syscall.MAP_PRIVATE)
			return err == nil && bytes[0] == 't'
		},
		"map_write": func() bool {
			bytes, err := map5("file", syscall.O_RDWR, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
			if err == nil {
				bytes[0] = 'T'
			}
			return err == nil
		},
		"truncate_path":       func() bool { return worked(syscall.Truncate("file", 2)) },
		"truncate_to_nothing": func() bool { return worked(syscall.Truncate("file", 0)) },
		"truncate_missing":    func() bool { return failedWith(syscall.Truncate("absent", 0), syscall.ENOENT) },
		"truncate_open":       func() bool { return worked(syscall.Ftruncate(opened("file", syscall.O_WRONLY), 2)) },
		"allocate":            func() bool { return worked(syscall.Fallocate(opened("file", syscall.O_WRONLY), 0, 0, 100)) },
		"punch_hole": func() bool {
			syscall.Fallocate(opened("file", syscall.O_WRONLY), 3, 0, 2)
			return true
		},
		"copy_in_kernel": func() bool {
			from := opened("file", readOnly)
			return worked(second(call(copyFileRange, at(from), 0, at(fresh()), 0, 5, 0)))
		},
		"send_file": func() bool {
			from := opened("file", readOnly)
			return sent(fresh(), from)
		},
		"splice_files": func() bool {
			from, to := opened("file", readOnly), fresh()
			out, in := pipe()
			return moved(syscall.Splice(from, nil, in, nil, 5, 0)) && moved(syscall.Splice(out, nil, to, nil, 5, 0))
		},
		"splice_memory": func() bool {
			bytes := []byte("text")
			piece := syscall.Iovec{Base: &bytes[0], Len: 4}
			to := fresh()
			one, oneIn := pipe()
			two, twoIn := pipe()
			return worked(second(call(vmsplice, at(oneIn), uintptr(unsafe.Pointer(&piece)), 1, 0))) && worked(second(call(tee, at(one), at(twoIn), 4, 0))) && moved(syscall.Splice(two, nil, to, nil, 4, 0))
		},
		"clone_content": func() bool {
			from, to := opened("file", readOnly), fresh()
			call(syscall.SYS_IOCTL, at(to), 0x40049409 /* FICLONE */, at(from))
			return from >= 0 && to >= 0
		},
		"private_memory": func() bool {
			from := opened("file", readOnly)
			to, _ := call(memfdCreate, text("private"), 0)
			return sent(to, from)
		},
		"write_through_duplicate": func() bool {
			fd, _ := syscall.Dup(fresh())
			return put(fd, "text")
		},
		"write_after_unlink": func() bool {
			fd := fresh()
			return worked(syscall.Unlink("new")) && put(fd, "text")
		},
		"write_after_rename": func() bool {
			fd := fresh()
			return worked(syscall.Rename("new", "newer")) && put(fd, "text")
		},
		"write_in_thread": func() bool {
			done := make(chan int)
			go func() { done <- fresh() }()
			return <-done >= 0
		},
		"stdio_read":    func() bool { return worked(second(os.ReadFile("file"))) },
		"stdio_missing": func() bool { return os.IsNotExist(second(os.Open("absent"))) },
		"stdio_write":   func() bool { return worked(os.WriteFile("new", []byte("text"), 0644)) },
		"stdio_append": func() bool {
			file, err := os.OpenFile("file", os.O_APPEND|os.O_WRONLY, 0)
			return err == nil && worked(second(file.WriteString("text")))
		},
		"stdio_update": func() bool { return worked(second(os.OpenFile("file", os.O_RDWR, 0))) },
		"make_temporary_folder": func() bool {
			/* Six characters, as the C library's. */
			return worked(os.Mkdir("temporary-123456", 0700)) && worked(syscall.Rmdir("temporary-123456"))
		},
	})
}
