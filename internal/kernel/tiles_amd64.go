package kernel

// masks says that the tiles load and store part of a row of C.
const masks = true

// Six rows of four vectors load 10 registers for 24 multiply-adds; eight rows
// of two, which load 10 for 16, serve what is left.
var tiles512 = tiles{144, []width{
	{64, [4]int{6, 4, 2, 1}, [4]func(*tile){tile512r6v4, tile512r4v4, tile512r2v4, tile512r1v4}, tile512r6v4pack},
	{32, [4]int{8, 4, 2, 1}, [4]func(*tile){tile512r8v2, tile512r4v2, tile512r2v2, tile512r1v2}, tile512r8v2pack},
	{16, [4]int{8, 4, 2, 1}, [4]func(*tile){tile512r8v1, tile512r4v1, tile512r2v1, tile512r1v1}, tile512r8v1pack},
}, tile512r6v4keep}

var tiles256 = tiles{256, []width{
	{16, [4]int{6, 4, 2, 1}, [4]func(*tile){tile256r6v2, tile256r4v2, tile256r2v2, tile256r1v2}, tile256r6v2pack},
	{8, [4]int{6, 4, 2, 1}, [4]func(*tile){tile256r6v1, tile256r4v1, tile256r2v1, tile256r1v1}, tile256r6v1pack},
}, tile256r6v2keep}

func activeTiles() *tiles {
	if active == pathAVX2 {
		return &tiles256
	}
	return &tiles512
}
