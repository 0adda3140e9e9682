"""Paper (打印): HTML as PDF and as pictures, with the machine's own Chinese fonts."""
