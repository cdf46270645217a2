// Names made, given, moved and taken away, as names.c.
package main

import "syscall"

const renameat2 = 316

func renames(from, to string) func() bool {
	return func() bool { return worked(syscall.Rename(from, to)) }
}

func rename2(from, to string, flags uintptr) error {
	return second(call(renameat2, at(atHere), text(from), at(atHere), text(to), flags))
}

func init() {
	add(map[string]func() bool{
		"unlink_file":         func() bool { return worked(syscall.Unlink("file")) },
		"unlink_missing":      func() bool { return failedWith(syscall.Unlink("absent"), syscall.ENOENT) },
		"unlink_folder":       func() bool { return !worked(syscall.Unlink("dir")) },
		"unlink_link":         func() bool { return worked(syscall.Unlink("link")) },
		"unlinkat_file":       func() bool { return worked(syscall.Unlinkat(opened("dir", pathOnly), "inner")) },
		"unlinkat_folder":     func() bool { return worked(second(call(syscall.SYS_UNLINKAT, at(atHere), text("empty"), atRemoveDir))) },
		"rmdir_empty":         func() bool { return worked(syscall.Rmdir("empty")) },
		"rmdir_full":          func() bool { return failedWith(syscall.Rmdir("dir"), syscall.ENOTEMPTY) },
		"rmdir_missing":       func() bool { return failedWith(syscall.Rmdir("absent"), syscall.ENOENT) },
		"mkdir_new":           func() bool { return worked(syscall.Mkdir("new", 0755)) },
		"mkdir_exists":        func() bool { return failedWith(syscall.Mkdir("dir", 0755), syscall.EEXIST) },
		"mkdir_in_missing":    func() bool { return failedWith(syscall.Mkdir("absent/new", 0755), syscall.ENOENT) },
		"mkdirat_new":         func() bool { return worked(syscall.Mkdirat(opened("dir", pathOnly), "new", 0755)) },
		"rename_new":          renames("file", "new"),
		"rename_over":         renames("file", "other"),
		"rename_folder":       renames("dir", "new"),
		"rename_folder_over":  renames("dir", "empty"),
		"rename_link":         renames("link", "new"),
		"rename_missing":      func() bool { return failedWith(syscall.Rename("absent", "new"), syscall.ENOENT) },
		"rename_into_missing": func() bool { return failedWith(syscall.Rename("file", "absent/new"), syscall.ENOENT) },
		"rename_over_full":    func() bool { return failedWith(syscall.Rename("empty", "dir"), syscall.ENOTEMPTY) },
		"renameat_folders": func() bool {
			return worked(syscall.Renameat(opened("dir", pathOnly), "inner", opened("empty", pathOnly), "new"))
		},
		"rename_exchange":          func() bool { return worked(rename2("file", "other", 2)) },
		"rename_no_replace":        func() bool { return worked(rename2("file", "new", 1)) },
		"rename_no_replace_exists": func() bool { return failedWith(rename2("file", "other", 1), syscall.EEXIST) },
		"rename_whiteout": func() bool {
			rename2("file", "new", 4)
			return true
		},
		"write_and_rename": func() bool { return put(fresh(), "text") && worked(syscall.Rename("new", "file")) },
		"link_new":         func() bool { return worked(syscall.Link("file", "new")) },
		"link_exists":      func() bool { return failedWith(syscall.Link("file", "other"), syscall.EEXIST) },
		"link_missing":     func() bool { return failedWith(syscall.Link("absent", "new"), syscall.ENOENT) },
		"link_to_link":     func() bool { return worked(syscall.Link("link", "new")) },
		"linkat_follow": func() bool {
			return worked(second(call(syscall.SYS_LINKAT, at(atHere), text("link"), at(atHere), text("new"), atFollow)))
		},
		"linkat_open": func() bool {
			name := descriptorName(opened("file", readOnly))
			return worked(second(call(syscall.SYS_LINKAT, at(atHere), text(name), at(atHere), text("new"), atFollow)))
		},
		"link_then_write":  func() bool { return worked(syscall.Link("file", "new")) && opened("new", syscall.O_WRONLY) >= 0 },
		"symlink_new":      func() bool { return worked(syscall.Symlink("file", "new")) },
		"symlink_dangling": func() bool { return worked(syscall.Symlink("absent", "new")) },
		"symlink_exists":   func() bool { return failedWith(syscall.Symlink("other", "file"), syscall.EEXIST) },
		"symlinkat_new": func() bool {
			return worked(second(call(syscall.SYS_SYMLINKAT, text("inner"), at(opened("dir", pathOnly)), text("new"))))
		},
		"symlink_then_open": func() bool { return worked(syscall.Symlink("file", "new")) && opened("new", readOnly) >= 0 },
		"make_fifo":         func() bool { return worked(syscall.Mkfifo("new", 0644)) },
		"make_node_file":    func() bool { return worked(syscall.Mknod("new", syscall.S_IFREG|0644, 0)) },
		"make_node_exists":  func() bool { return failedWith(syscall.Mknod("file", syscall.S_IFIFO|0644, 0), syscall.EEXIST) },
		"make_node_device": func() bool {
			syscall.Mknod("new", syscall.S_IFCHR|0600, 1<<8|3) // only root may
			return true
		},
		"make_node_at": func() bool { return worked(syscall.Mknodat(opened("dir", pathOnly), "new", syscall.S_IFIFO|0600, 0)) },
		"build_tree": func() bool {
			return worked(syscall.Mkdir("new", 0755)) && opened("new/file", createsWrite) >= 0 && worked(syscall.Unlink("new/file")) && worked(syscall.Rmdir("new"))
		},
	})
}
