// Starting programs, as processes.c. Go cannot fork without an exec.
package main

import (
	"os"
	"os/exec"
	"syscall"
	"unsafe"
)

const execveat = 322

var toolArgv = []string{"tool"}

func executes(name string) error { return syscall.Exec(name, toolArgv, os.Environ()) }

func executesAt(fd int, name string, flags uintptr) error {
	argv, _ := syscall.SlicePtrFromStrings(toolArgv)
	envp, _ := syscall.SlicePtrFromStrings(os.Environ())
	return second(call(execveat, at(fd), text(name), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envp[0])), flags))
}

func init() {
	add(map[string]func() bool{
		"exec_program":        func() bool { return worked(exec.Command("./tool").Run()) },
		"exec_itself":         func() bool { return worked(executes("tool")) },
		"exec_missing":        func() bool { return failedWith(executes("absent"), syscall.ENOENT) },
		"exec_not_executable": func() bool { return failedWith(executes("file"), syscall.EACCES) },
		"exec_no_program":     func() bool { return failedWith(executes("plain"), syscall.ENOEXEC) },
		"exec_no_program_twice": func() bool {
			return failedWith(executes("plain"), syscall.ENOEXEC) && worked(executes("tool"))
		},
		"exec_no_interpreter": func() bool { return failedWith(executes("broken"), syscall.ENOENT) },
		"exec_script":         func() bool { return worked(executes("run")) },
		"exec_link":           func() bool { return worked(syscall.Symlink("tool", "new")) && worked(executes("new")) },
		"exec_descriptor": func() bool {
			return worked(executesAt(opened("tool", pathOnly|syscall.O_CLOEXEC), "", atEmptyPath))
		},
		"exec_at":                  func() bool { return worked(executesAt(opened(".", pathOnly|syscall.O_CLOEXEC), "tool", 0)) },
		"exec_without_environment": func() bool { return worked(syscall.Exec("tool", toolArgv, nil)) },
		"exec_own": func() bool {
			from, to := opened("tool", readOnly), opened("new", createsWrite|syscall.O_CLOEXEC)
			for {
				if count, err := syscall.Sendfile(to, from, nil, 1<<20); err != nil || count == 0 {
					break
				}
			}
			syscall.Close(to)
			return worked(syscall.Chmod("new", 0755)) && worked(executes("new"))
		},
		"adopts":       func() bool { return worked(second(call(syscall.SYS_PRCTL, 36, 1, 0, 0, 0))) },
		"unknown_call": func() bool { return failedWith(second(call(1023)), syscall.ENOSYS) },
		"reads_memory": func() bool {
			var from, to [4]byte
			there, here := syscall.Iovec{Base: &from[0], Len: 4}, syscall.Iovec{Base: &to[0], Len: 4}
			return worked(second(call(310, at(os.Getpid()), uintptr(unsafe.Pointer(&here)), 1, uintptr(unsafe.Pointer(&there)), 1, 0)))
		},
		"clone_namespace": tries(func() {
			command := exec.Command("/proc/self/exe", "list")
			command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS}
			command.Run()
		}),
	})
}
