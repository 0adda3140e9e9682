"""jifen (积分): the one name under which the program is installed; `jifen.__main__` starts it."""
