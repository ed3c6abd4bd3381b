package first

const sysRead, sysWrite, sysClose, sysFcntl, sysPrctl = 0, 1, 3, 72, 157
