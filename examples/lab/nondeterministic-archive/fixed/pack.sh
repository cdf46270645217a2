# Stands for a release that takes its time.
i=0; while [ "$i" -lt 60000 ]; do i=$((i + 1)); done
rm -rf staged release.tar && mkdir staged && cp src/*.txt staged/ && tar --sort=name --mtime=@0 --owner=0 --group=0 -cf release.tar staged
