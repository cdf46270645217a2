# Stands for a renderer that takes its time.
i=0; while [ "$i" -lt 60000 ]; do i=$((i + 1)); done
sed 's/^/<p>/' page.txt > page.html
