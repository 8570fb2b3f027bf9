import MPICollective
import Testing

@Suite("What a launcher of MPI says")
struct LaunchTests {
  @Test("Open MPI, MPICH and srun are told by their variables; one rank, or none, is a run of one process")
  func families() throws {
    let open = try #require(MPILaunch(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3", "PMIX_RANK": "3"]))
    #expect(open.family == .open && open.ranks == 4 && open.rank == 3)
    #expect(open.candidates.first == "libmpi.so.40")
    let mpich = try #require(MPILaunch(["PMI_SIZE": "7", "PMI_RANK": "0", "PMI_FD": "5"]))
    #expect(mpich.family == .mpich && mpich.ranks == 7 && mpich.rank == 0)
    #expect(mpich.candidates.first == "libmpich.so.12")
    let slurm = try #require(MPILaunch(["PMIX_RANK": "1", "SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "2"]))
    #expect(slurm.family == .open && slurm.ranks == 2 && slurm.rank == 1)
    for none in [[:], ["OMPI_COMM_WORLD_SIZE": "1"], ["PMI_SIZE": "4"], ["SLURM_NTASKS": "4"], ["PMI_SIZE": "x"]] {
      #expect(MPILaunch(none) == nil, "\(none)")
    }
  }

  @Test("a library that is named is the only one to try")
  func library() throws {
    let launch = try #require(MPILaunch(["OMPI_COMM_WORLD_SIZE": "2", "ISOTHERM_MPI": "/opt/mpi/libmpi.so"]))
    #expect(launch.candidates == ["/opt/mpi/libmpi.so"])
    #expect(try #require(MPILaunch(["OMPI_COMM_WORLD_SIZE": "2", "ISOTHERM_MPI": ""])).candidates.count > 1)
  }

  @Test("a library that is not there, or none of MPI, is an error that names it and what to install")
  func noLibrary() throws {
    for (name, word) in [("/no/such/libmpi.so", "/no/such/libmpi.so"), ("libm.so.6", "no library of MPI")] {
      let launch = try #require(MPILaunch(["PMI_SIZE": "2", "PMI_RANK": "1", "ISOTHERM_MPI": name]))
      let error = #expect(throws: MPIError.self) { try MPICollective(launch) }
      let text = try #require(error).description
      #expect(text.contains(word) && text.contains("libmpich12") && text.contains("MPICH"), "\(text)")
    }
  }
}
