"""What the host's programs share: how somebody becomes a partner or a broker.

Each program keeps tables of its own, of the same form, and says here which they are: what applicants tell, sealed under
a key of each application (`dossier`), the steps of its way (`timeline`), the contract that both sides accept
(`contracts`), and the words of its pages (`words`).
"""
