# Changes one file, removes one, makes one, as upgrades do.
sed -i 's/version 1/version 2/' settings.txt
rm legacy.txt
echo "settings of version 2" > notes.txt
