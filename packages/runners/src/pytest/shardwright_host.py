"""The program that a pytest process of ours runs: `python shardwright_host.py serve|discover CONFIG`.

Nothing happens when this file is imported: a process that a test starts by multiprocessing's spawn method does that.
"""

if __name__ == "__main__":
    import sys

    # No compiled files beside ours: the folder may belong to somebody else.
    sys.dont_write_bytecode, writes_bytecode = True, sys.dont_write_bytecode
    if sys.argv[1] == "discover":
        from shardwright_discovery import main
    else:
        from shardwright_session import main
    sys.dont_write_bytecode = writes_bytecode
    sys.exit(main(sys.argv[2]))
