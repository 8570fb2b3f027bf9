// The library in one import: `import Isotherm`. Every room below is public; this one has no code of its own.
@_exported import AllReduce
@_exported import Checkpoints
@_exported import Configuration
@_exported import Coordinator
@_exported import Datasets
@_exported import Kernels
@_exported import LiveView
@_exported import Models
@_exported import Optimizers
@_exported import Records
@_exported import Reports
@_exported import Studies
@_exported import Workers
