export async function realSuite(_: string[]): Promise<boolean> { return true; }
