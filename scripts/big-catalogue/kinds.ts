/** What a family of products is called, and what it costs in shillings. */
export interface Kind {
  category: string
  brands: readonly string[]
  things: readonly string[]
  sizes: readonly string[]
  price: readonly [from: number, to: number]
}

export const colours = ['black', 'white', 'red', 'navy', 'green', 'grey', 'yellow', 'maroon', 'teal', 'orange'] as const

export const materials = ['cotton', 'steel', 'plastic', 'bamboo', 'leather', 'aluminium', 'glass', 'sisal'] as const

export const towns = [
  'Nairobi',
  'Mombasa',
  'Kisumu',
  'Nakuru',
  'Eldoret',
  'Thika',
  'Nyeri',
  'Machakos',
  'Meru',
  'Kitale',
] as const

export const kinds: readonly Kind[] = [
  {
    category: 'Phones & Tablets',
    brands: ['Samsung', 'Tecno', 'Infinix', 'Nokia', 'Itel', 'Redmi'],
    things: ['Smartphone', 'Feature Phone', 'Tablet', 'Phone Case', 'Fast Charger', 'Screen Protector'],
    sizes: ['32 GB', '64 GB', '128 GB', '256 GB'],
    price: [300, 120_000],
  },
  {
    category: 'Electronics',
    brands: ['Hisense', 'Vitron', 'Sony', 'JBL', 'Oraimo', 'Anker'],
    things: ['Television', 'Speaker', 'Headphones', 'Power Bank', 'Extension Cable', 'Radio'],
    sizes: ['small', 'medium', 'large', 'portable'],
    price: [500, 90_000],
  },
  {
    category: 'Groceries',
    brands: ['Soko', 'Kericho Gold', 'Brookside', 'Mumias', 'Kensalt', 'Daawat'],
    things: ['Maize Flour', 'Tea Leaves', 'Milk Powder', 'Brown Sugar', 'Table Salt', 'Pishori Rice'],
    sizes: ['500 g', '1 kg', '2 kg', '5 kg'],
    price: [40, 1_800],
  },
  {
    category: 'Fashion',
    brands: ['Kikoy', 'Vivo', 'Bata', 'Maasai Market', 'Lamu', 'Tausi'],
    things: ['Kanga', 'Leso', 'Shirt', 'Dress', 'Sandals', 'School Shoes'],
    sizes: ['S', 'M', 'L', 'XL'],
    price: [250, 6_500],
  },
  {
    category: 'Home & Kitchen',
    brands: ['Kenpoly', 'Ramtons', 'Mika', 'Nunix', 'Signature', 'Jikokoa'],
    things: ['Sufuria', 'Thermos Flask', 'Jiko', 'Blender', 'Water Basin', 'Frying Pan'],
    sizes: ['2 litres', '5 litres', '10 litres', '20 litres'],
    price: [150, 18_000],
  },
  {
    category: 'Farm & Garden',
    brands: ['Simlaw', 'Amiran', 'Crocodile', 'Davis', 'Osho', 'Kenagro'],
    things: ['Jembe', 'Panga', 'Knapsack Sprayer', 'Hosepipe', 'Tomato Seeds', 'Wheelbarrow'],
    sizes: ['light', 'standard', 'heavy', 'professional'],
    price: [80, 15_000],
  },
]
