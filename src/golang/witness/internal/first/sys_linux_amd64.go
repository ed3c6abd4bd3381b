package first

const sysRead, sysWrite, sysClose, sysFcntl, sysPrctl, sysDup3 = 0, 1, 3, 72, 157, 292
