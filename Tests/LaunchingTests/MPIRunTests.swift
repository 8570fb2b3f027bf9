import Launching
import Testing

@Suite("Launchers of MPI")
struct MPIRunTests {
  @Test("each family is told the ranks, the hosts, who starts programs there, and what ranks get, in its own words")
  func arguments() {
    var open = MPIRun(path: "mpirun", family: .open)
    open.agent = "/opt/agent"
    open.options = ["--mca", "btl", "tcp,self"]
    let first = open.arguments(
      hosts: ["a", "b", "c"], perHost: 2, variables: ["ISOTHERM_MPI_TIMEOUT"], command: ["isotherm", "train", "x.json"])
    #expect(first.joined(separator: " ").hasSuffix("--mca btl tcp,self -n 6 isotherm train x.json"))
    #expect(first.joined(separator: " ").contains("--mca plm_rsh_agent /opt/agent --host a:2,b:2,c:2"))
    #expect(
      first.joined(separator: " ").contains("-x ISOTHERM_MPI_TIMEOUT") && first.starts(with: ["--bind-to", "none"]))
    var mpich = MPIRun(path: "mpirun", family: .mpich)
    mpich.agent = "/opt/agent"
    #expect(
      mpich.arguments(hosts: ["a", "b"], perHost: 3, variables: ["X", "Y"], command: ["c"])
        == [
          "-launcher", "ssh", "-launcher-exec", "/opt/agent", "-hosts", "a:3,b:3", "-genvlist", "X,Y", "-n", "6", "c",
        ])
    #expect(
      MPIRun(path: "m", family: .mpich).arguments(hosts: [], perHost: 4, variables: [], command: ["c"]) == [
        "-n", "4", "c",
      ])
  }

  @Test("a launcher that is not there, and a program that is none, are errors that say so")
  func unknown() {
    let missing = #expect(throws: LaunchError.self) { try MPIRun(path: "/no/such/mpirun") }
    #expect(missing?.description.contains("openmpi-bin") == true)
    let other = #expect(throws: LaunchError.self) { try MPIRun(path: "/bin/true") }
    #expect(other?.description.contains("no known family") == true)
  }
}
