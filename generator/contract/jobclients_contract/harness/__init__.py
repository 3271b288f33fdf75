"""How clients are called, and what is played to them: a scripted server, certificates, answers from memory."""
