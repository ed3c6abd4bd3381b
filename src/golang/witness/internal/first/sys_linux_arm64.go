package first

const sysRead, sysWrite, sysClose, sysFcntl, sysPrctl = 63, 64, 57, 25, 167
