# Stands for a release that takes its time.
i=0; while [ "$i" -lt 60000 ]; do i=$((i + 1)); done
rm -rf staged release.tar && mkdir staged && cp src/*.txt staged/ && tar --format=pax -cf release.tar staged
