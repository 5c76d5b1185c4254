"""Compare labelling strategies by simulation, for researchers.

Here belong simulated annotators, grids of runs, learning curves and their statistics, and the
contract tests for plug-ins. Nothing outside this package and the command line imports it.
"""
