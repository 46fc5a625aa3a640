"""`python3 -m helpdesk …`. The version is looked at here, in words that an old Python can still read."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Python 3.11 or newer is needed; {} is {}.{}. On Debian 12: apt install python3".format(
            sys.executable, *sys.version_info[:2]
        )
    )

from helpdesk.bootstrap import main

sys.exit(main(sys.argv[1:]))
