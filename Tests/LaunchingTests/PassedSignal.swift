import Foundation

/// Calls `body` on this thread with SIGUSR1 let through, so that programs that it starts get it: tests run on threads that
/// block every signal, which a program inherits. The command starts launchers from its first thread, which blocks none.
func withSignalPassed<Result>(_ body: () throws -> Result) rethrows -> Result {
  var (one, before) = (sigset_t(), sigset_t())
  sigemptyset(&one)
  sigaddset(&one, SIGUSR1)
  pthread_sigmask(SIG_UNBLOCK, &one, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  return try body()
}
