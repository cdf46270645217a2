// What leaves the tree or is shared beside the files, as others.c.
package main

import (
	"net"
	"syscall"
)

func socket(family, kind int) int {
	fd, _ := syscall.Socket(family, kind, 0)
	return fd
}

var nobody = &syscall.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}}

func local(name string) *syscall.SockaddrUnix { return &syscall.SockaddrUnix{Name: name} }

func init() {
	add(map[string]func() bool{
		"connect_network": func() bool { return worked(second(net.Dial("udp", "127.0.0.1:9"))) },
		"connect_network_6": tries(func() {
			syscall.Connect(socket(syscall.AF_INET6, syscall.SOCK_DGRAM), &syscall.SockaddrInet6{Port: 9, Addr: [16]byte{15: 1}})
		}),
		"serve_network": func() bool { return worked(second(net.Listen("tcp", "127.0.0.1:0"))) },
		"send_network": tries(func() {
			syscall.Sendto(socket(syscall.AF_INET, syscall.SOCK_DGRAM), []byte("text"), 0, nobody)
		}),
		"send_message_network": tries(func() {
			syscall.Sendmsg(socket(syscall.AF_INET, syscall.SOCK_DGRAM), []byte("text"), nil, nobody, 0)
		}),
		"connect_local_missing": func() bool {
			return failedWith(syscall.Connect(socket(syscall.AF_UNIX, syscall.SOCK_STREAM), local("absent")), syscall.ENOENT)
		},
		"connect_local": func() bool {
			return failedWith(syscall.Connect(socket(syscall.AF_UNIX, syscall.SOCK_STREAM), local("file")), syscall.ECONNREFUSED)
		},
		"connect_abstract": func() bool {
			return failedWith(syscall.Connect(socket(syscall.AF_UNIX, syscall.SOCK_STREAM), local("@nobody")), syscall.ECONNREFUSED)
		},
		"serve_local":    func() bool { return worked(syscall.Bind(socket(syscall.AF_UNIX, syscall.SOCK_STREAM), local("new"))) },
		"serve_abstract": tries(func() { syscall.Bind(socket(syscall.AF_UNIX, syscall.SOCK_STREAM), local("@fathom-conformance")) }),
		"pass_descriptor": func() bool {
			fd := opened("file", readOnly)
			ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			return err == nil && worked(syscall.Sendmsg(ends[0], []byte("x"), syscall.UnixRights(fd), nil, 0))
		},
		"pair_of_sockets": func() bool {
			room := make([]byte, 8)
			from, to := opened("file", readOnly), fresh()
			ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil || !sent(ends[0], from) {
				return false
			}
			count, _, _ := syscall.Recvfrom(ends[1], room, 0)
			return put(to, string(room[:count]))
		},
		"read_fifo":   opens("fifo", readOnly|syscall.O_NONBLOCK),
		"write_fifo":  opens("fifo", syscall.O_RDWR),
		"open_device": tries(func() { open("/dev/ptmx", syscall.O_RDWR|syscall.O_NOCTTY) }),
		"memory_system_v": func() bool {
			id, err := call(syscall.SYS_SHMGET, 0, 4096, 0600)
			call(syscall.SYS_SHMCTL, at(id), 0, 0)
			return worked(err)
		},
		"memory_posix": func() bool {
			const name = "/dev/shm/fathom-conformance"
			fd, _ := syscall.Open(name, syscall.O_RDWR|syscall.O_CREAT|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0600)
			return fd >= 0 && worked(syscall.Unlink(name))
		},
		"memory_private": func() bool {
			return worked(second(map5("file", readOnly, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE)))
		},
	})
}
