node fetch.js
sort version > sorted
