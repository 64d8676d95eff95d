"""The program that a pytest process of ours runs: `python shardwright_host.py serve|discover|template CONFIG`.

Nothing happens when this file is imported: a process that a test starts by multiprocessing's spawn method does that.
"""

if __name__ == "__main__":
    import sys

    # No compiled files beside ours: the folder may belong to somebody else.
    sys.dont_write_bytecode, writes_bytecode = True, sys.dont_write_bytecode
    if sys.argv[1] == "discover":
        from shardwright_discovery import main
    elif sys.argv[1] == "template":
        from shardwright_template import main
    else:
        from shardwright_session import main
    sys.dont_write_bytecode = writes_bytecode
    sys.exit(main(sys.argv[2]))
