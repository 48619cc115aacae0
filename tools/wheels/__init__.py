"""How wheels are built: the extension by maturin, and with it the data server as a program."""
