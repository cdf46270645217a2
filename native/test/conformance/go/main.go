// The behaviours of the C files beside this folder, by the same names, as Go makes them: its
// system calls pass no C library. Expectations are written there, once.
//
//	list     the names that Go knows
//	<name>   does it; ends with 0 when the calls worked as they should
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// What each file of behaviours adds.
var behaviours = map[string]func() bool{}

func add(more map[string]func() bool) {
	for name, body := range more {
		behaviours[name] = body
	}
}

const (
	atHere       = -100   // AT_FDCWD
	atNoFollow   = 0x100  // AT_SYMLINK_NOFOLLOW
	atRemoveDir  = 0x200  // AT_REMOVEDIR
	atFollow     = 0x400  // AT_SYMLINK_FOLLOW
	atEmptyPath  = 0x1000 // AT_EMPTY_PATH
	pathOnly     = 0x200000
	nameless     = 0x410000 // O_TMPFILE
	readOnly     = syscall.O_RDONLY
	createsWrite = syscall.O_CREAT | syscall.O_WRONLY
)

func worked(err error) bool { return err == nil }

func failedWith(err error, number syscall.Errno) bool { return err == number }

// The error of a call that gives a number as well.
func second[T any](_ T, err error) error { return err }

func text(name string) uintptr {
	bytes, err := syscall.BytePtrFromString(name)
	if err != nil {
		panic(err)
	}
	return uintptr(unsafe.Pointer(bytes))
}

func at(fd int) uintptr { return uintptr(fd) }

// A call by its number, for those that package syscall has no function for.
//
//go:uintptrescapes
func call(number uintptr, arguments ...uintptr) (int, error) {
	var all [6]uintptr
	copy(all[:], arguments)
	result, _, errno := syscall.Syscall6(number, all[0], all[1], all[2], all[3], all[4], all[5])
	if errno != 0 {
		return -1, errno
	}
	return int(result), nil
}

func open(name string, flags int) (int, error) { return syscall.Open(name, flags, 0644) }

// A folder to start from, of which only the place is of interest.
func folder(name string) int {
	fd, _ := open(name, pathOnly|syscall.O_DIRECTORY)
	return fd
}

func descriptorName(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// Calls that are decided by their number alone: every argument is -1, which none can carry out.
func byNumber(number int) bool {
	all := ^uintptr(0)
	_, _, errno := syscall.Syscall6(uintptr(number), all, all, all, all, all, all)
	return number < 425 || number > 427 || errno == syscall.ENOSYS // io_uring
}

func main() {
	debug.SetGCPercent(-1) // addresses that are passed by number keep nothing alive
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	name := os.Args[1]
	body, known := behaviours[name]
	worked := false
	switch {
	case name == "list":
		for name := range behaviours {
			fmt.Printf("go\t%s\t\t\n", name)
		}
		worked = true
	case strings.HasPrefix(name, "call_"):
		number, err := strconv.Atoi(name[len("call_"):])
		worked = err == nil && byNumber(number)
	case known:
		worked = body()
	default:
		os.Exit(2)
	}
	if !worked {
		os.Exit(1)
	}
}
