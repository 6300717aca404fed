package kernel

// masks says that the tiles load and store part of a row of C.
const masks = false

// Six rows of four vectors load 6 scalars and 4 vectors for 24 multiply-adds.
var tilesNEON = tiles{256, []width{
	{16, [4]int{6, 4, 2, 1}, [4]func(*tile){tileNEONr6v4, tileNEONr4v4, tileNEONr2v4, tileNEONr1v4}, tileNEONr6v4pack},
	{8, [4]int{8, 4, 2, 1}, [4]func(*tile){tileNEONr8v2, tileNEONr4v2, tileNEONr2v2, tileNEONr1v2}, tileNEONr8v2pack},
	{4, [4]int{8, 4, 2, 1}, [4]func(*tile){tileNEONr8v1, tileNEONr4v1, tileNEONr2v1, tileNEONr1v1}, tileNEONr8v1pack},
}, tileNEONr6v4keep}

func activeTiles() *tiles { return &tilesNEON }
