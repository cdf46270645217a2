// Inherited streams, as streams.c.
package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

func refusedCopy(err error) bool { return failedWith(err, syscall.EINVAL) }

// A pipe with four bytes in it.
func filled() int {
	out, in := pipe()
	put(in, "text")
	return out
}

func duplicated(name string) bool {
	fd := opened(name, syscall.O_WRONLY)
	return fd > 2 && worked(syscall.Dup2(fd, 1)) && put(1, "text")
}

var (
	bytes  = [2][]byte{[]byte("text"), []byte("more")}
	pieces = [2]syscall.Iovec{{Base: &bytes[0][0], Len: 4}, {Base: &bytes[1][0], Len: 4}}
	vector = uintptr(unsafe.Pointer(&pieces))
)

func init() {
	add(map[string]func() bool{
		"output":        func() bool { return put(1, "text") },
		"errors":        func() bool { return put(2, "text") },
		"output_vector": func() bool { return worked(second(call(syscall.SYS_WRITEV, 1, vector, 2))) },
		"output_by_dup": func() bool { return worked(syscall.Dup2(1, 7)) && put(7, "text") },
		"output_by_dup3": func() bool {
			return worked(syscall.Dup3(1, 7, syscall.O_CLOEXEC)) && put(7, "text")
		},
		"output_by_fcntl": func() bool {
			return worked(second(call(syscall.SYS_FCNTL, 1, syscall.F_DUPFD, 20))) && put(20, "text")
		},
		"output_by_name":            func() bool { return duplicated("/dev/stdout") },
		"output_by_descriptor_name": func() bool { return duplicated("/proc/self/fd/1") },
		"output_to_file":            func() bool { return worked(syscall.Dup2(fresh(), 1)) && put(1, "text") },
		"output_sendfile":           func() bool { return refusedCopy(second(syscall.Sendfile(1, opened("file", readOnly), nil, 5))) },
		"output_splice":             func() bool { return refusedCopy(second(syscall.Splice(filled(), nil, 1, nil, 4, 0))) },
		"output_tee":                func() bool { return refusedCopy(second(call(tee, at(filled()), 1, 4, 0))) },
		"output_vmsplice":           func() bool { return refusedCopy(second(call(vmsplice, 1, vector, 1, 0))) },
		"output_copy_range": func() bool {
			return refusedCopy(second(call(copyFileRange, at(opened("file", readOnly)), 0, 1, 0, 5, 0)))
		},
		"output_at": func() bool { return failedWith(second(syscall.Pwrite(1, []byte("text"), 0)), syscall.ESPIPE) },
		"input_read": func() bool {
			count, err := syscall.Read(0, make([]byte, 8))
			return err == nil && count == 0
		},
		"input_vector": func() bool { return worked(second(call(syscall.SYS_READV, 0, vector, 1))) },
		"input_map": func() bool {
			syscall.Mmap(0, 0, 4096, syscall.PROT_READ, syscall.MAP_PRIVATE)
			return true // a pipe cannot be mapped, a file can
		},
		"asks_machine": func() bool {
			var is syscall.Utsname
			return worked(syscall.Uname(&is)) && is.Release[0] != 0
		},
		"input_is_terminal": func() bool {
			var settings [64]byte
			return !worked(second(call(syscall.SYS_IOCTL, 0, syscall.TCGETS, uintptr(unsafe.Pointer(&settings)))))
		},
		"input_of_output": func() bool {
			return worked(syscall.Dup2(1, 0)) && failedWith(second(syscall.Read(0, make([]byte, 8))), syscall.EBADF)
		},
		"output_stdio": func() bool { return worked(second(fmt.Print("text"))) },
	})
}
