# How many of them are even?
even=0
for number in $(seq 1 300); do
    if [ $((number % 2)) = 0 ]; then even=$((even + 1)); fi
done
echo "$even" > even.txt
