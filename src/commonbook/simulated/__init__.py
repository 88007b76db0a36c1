"""The simulated venue: a second core, journal and back office beside the live ones, where all funds are test funds.

It is the same exchange once more. What is its own stands here: it is set up as the live venue is (`configuration`), its
books show what live books show (`liquidity`), and who asks for funds is given them (`funds`). `likeness` is the work
that keeps it so. Everything flows from the live venue to this one, and all it takes of that is reading.
Rules S-1 to S-8: docs/rules/simulated.md.
"""
