"""One verb a file. Only a command joins vision, data sets, forgery and model; commands never import each other."""
